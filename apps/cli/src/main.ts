import { run } from './run.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
// A reader that goes away (tallystick … | head) is no error.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await run(
  process.argv.slice(2),
  process.env,
  {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
  },
  interrupted.signal,
);
