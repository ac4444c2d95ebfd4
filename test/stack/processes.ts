import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
// The stack stands before anything of the workspace is built: it imports nothing of it.
import { setTimeout as pause } from 'node:timers/promises';

export interface Ran {
  readonly status: number;
  /** Both outputs together. */
  readonly output: string;
  readonly stdout: string;
}

/**
 * Runs a command to its end, with both outputs together; status 127 when there is no such command.
 */
export function runToEnd(
  command: string,
  args: readonly string[],
  timeoutMs = 300_000,
  settings: Readonly<Record<string, string>> = {},
): Ran {
  const env = { ...process.env, ...settings };
  const done = spawnSync(command, [...args], { encoding: 'utf8', timeout: timeoutMs, env });
  if (done.error !== undefined && 'code' in done.error && done.error.code === 'ENOENT')
    return { status: 127, output: `${command} is not installed`, stdout: '' };
  return { status: done.status ?? 1, output: `${done.stdout}${done.stderr}`, stdout: done.stdout };
}

export function hasCommand(command: string): boolean {
  return runToEnd(command, ['--version'], 20_000).status === 0;
}

/** Ends a child by its id and waits until it is gone. */
export async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const kill = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await gone;
  clearTimeout(kill);
}

/** Asks until the answer is true; fails with `what` at the deadline. */
export async function until(
  what: string,
  deadlineMs: number,
  ask: () => Promise<boolean> | boolean,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    if (await ask()) return;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await pause(50);
  }
}

export { spawn, type ChildProcess };
