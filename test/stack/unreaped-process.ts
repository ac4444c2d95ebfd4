import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isZombie } from './proc.ts';
import { until } from './processes.ts';

/**
 * A Node process whose parent never takes note of its end, as in a container without an init. Linux
 * alone.
 */
export interface UnreapedProcess {
  readonly pid: number;
  /** Kills it with SIGKILL; resolves when it is dead and still stands in the table of processes. */
  killAndLeave(): Promise<void>;
  /** Ends the parent too. */
  end(): void;
}

/** Starts Node with these words; resolves when it has said its first line. */
export async function startUnreaped(words: readonly string[]): Promise<UnreapedProcess> {
  // The shell becomes sleep, which waits for no child.
  const shell = spawn(
    'sh',
    ['-c', '"$0" "$@" & echo $!; exec sleep 120', process.execPath, ...words],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]();
  const pid = Number((await lines.next()).value);
  await lines.next();
  return {
    pid,
    killAndLeave: async () => {
      process.kill(pid, 'SIGKILL');
      await until(`process ${pid} has ended`, 10_000, () => isZombie(pid));
    },
    end: () => {
      process.kill(pid, 'SIGKILL');
      shell.kill('SIGKILL');
    },
  };
}
