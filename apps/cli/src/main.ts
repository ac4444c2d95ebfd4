import { createInterface, type Interface } from 'node:readline';
import { endWithReader } from './reader-gone.ts';
import { createOutput } from './terminal.ts';
import { run } from './run.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
// Others are through with what they write in a moment.
if (['events', 'connect'].includes(process.argv[2] ?? '')) endWithReader();

let typed: Interface | null = null;
process.exitCode = await run(
  process.argv.slice(2),
  process.env,
  createOutput(process.stdout, process.stderr),
  interrupted.signal,
  { lines: lines(), stdin: bytes() },
);
closeInput();

/** Opened by the command that reads it: others leave what is typed to the shell. */
async function* lines(): AsyncGenerator<string> {
  typed = createInterface({ input: process.stdin });
  yield* typed;
}

/** As they come, for the command that reads them. */
async function* bytes(): AsyncGenerator<Uint8Array> {
  for await (const part of process.stdin) yield part as Uint8Array;
}

/** A terminal that may still say something would keep the process. */
function closeInput(): void {
  typed?.close();
}
