import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

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

/**
 * Field 3 of proc(5) `stat` is the state, behind the name in brackets. The first thread may be dead
 * before the others are.
 */
function isZombie(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const state = stat.charAt(stat.lastIndexOf(')') + 2);
  return state === 'Z' && readdirSync(`/proc/${pid}/task`).length === 1;
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
      const end = Date.now() + 10_000;
      while (!isZombie(pid)) {
        if (Date.now() > end) throw new Error(`process ${pid} has not ended`);
        await delay(10);
      }
    },
    end: () => {
      process.kill(pid, 'SIGKILL');
      shell.kill('SIGKILL');
    },
  };
}
