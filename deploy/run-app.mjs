// Bundles one app (0.2 s) and becomes it: `node deploy/run-app.mjs <app> [arguments]`.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const [app, ...args] = process.argv.slice(2);
const apps = readdirSync(new URL('../apps', import.meta.url));
if (!app || !existsSync(fileURLToPath(new URL(`../apps/${app}/src/main.ts`, import.meta.url)))) {
  console.error(`Which app? One of: ${apps.join(', ')}.`);
  process.exit(2);
}
const url = await bundle(app);
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0] ?? 'node', fileURLToPath(url), ...args];
await import(url);
