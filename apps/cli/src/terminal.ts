import type { Output } from './output.ts';

/** What is used of a stream of the process. */
interface Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** To the beginning of the line, which is emptied (ECMA-48: CR, EL). */
const CLEAR = '\r\u001b[K';

/**
 * Where a command writes. On a terminal its last line may show how far something is; whatever else
 * is written takes its place.
 */
export function createOutput(stdout: Writable, stderr: Writable): Output {
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write(CLEAR);
    drawn = false;
  };
  const lineOf = (stream: Writable) => (text: string) => {
    clear();
    stream.write(`${text}\n`);
  };
  const output = { out: lineOf(stdout), err: lineOf(stderr) };
  if (stderr.isTTY !== true) return output;
  const status = (text: string): void => {
    clear();
    if (text === '') return;
    // A line that is wrapped could not be taken away. Some terminals tell no width, or 0.
    stderr.write(text.slice(0, (stderr.columns || 80) - 1));
    drawn = true;
  };
  return { ...output, status };
}
