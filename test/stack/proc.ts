import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which is 100 wherever Linux runs Node. */
const TICK_US = 10_000;

/** /proc/PID/stat from its third field on (proc(5)); throws when the process has ended. */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The command's name may hold spaces and brackets: count from behind it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/**
 * CPU that a process has used, user and system, all its threads, in microseconds (fields 14 and 15
 * of stat; steps of 10 ms).
 */
export function cpuMicroseconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Field 4 of stat; null: the process has ended. */
function parentOf(pid: number): number | null {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    return null;
  }
}

/** The processes that a process has started, and those that these have. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const below = (of: number): readonly number[] =>
    parents.filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Dead, all its threads, but not yet taken note of by its parent (field 3 of stat). */
export function isZombie(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  return statOf(pid)[0] === 'Z' && threads.length === 1;
}

/** Memory of this process that is in no file, in bytes (RssAnon of /proc/self/status). */
export function ownAnonymousBytes(): number {
  const status = readFileSync('/proc/self/status', 'latin1');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}
