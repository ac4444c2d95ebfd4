import { fileURLToPath } from 'node:url';
import { filesOfRegistration } from './registration.ts';

/** What a layer is: each file of the workspace that a call runs through before a port. */
const BEHIND_PORTS = [
  /^libs\/event-store\//,
  // Decorators of the store's port, and the system's clock and ids.
  /^libs\/services\/registry\/src\/(own-appends|timed-store)\.ts$/,
  /^libs\/services\/edge\/src\/system-/,
];
const VOCABULARY = /^libs\/kernel\//;

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = await filesOfRegistration(root);
const behind = files.filter((file) => BEHIND_PORTS.some((pattern) => pattern.test(file)));
const words = files.filter((file) => VOCABULARY.test(file));
const layers = files.filter((file) => !behind.includes(file) && !words.includes(file));
process.stdout.write(`${layers.join('\n')}\n\n`);
process.stdout.write(`${layers.length} files from the HTTP server to the ports`);
process.stdout.write(
  `; beside them ${words.length} of kernel, and ${behind.length} behind the ports\n`,
);
process.exit(layers.length <= 20 ? 0 : 1);
