import { readFileSync } from 'node:fs';
import { hasCommand, runToEnd } from '../../stack/processes.ts';

/** USER_HZ, which is 100 wherever Linux runs Node. */
const TICK_US = 10_000;

/** CPU that a process has used, user and system, all its threads, in microseconds (proc(5): /proc/PID/stat, fields 14 and 15; steps of 10 ms). */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The command's name may hold spaces and brackets: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

const canPin = hasCommand('taskset');

/** Binds all threads of a process to one core, where the machine can. */
export function pin(pid: number, core: number): void {
  if (canPin) runToEnd('taskset', ['-a', '-c', '-p', String(core), String(pid)], 5_000);
}
