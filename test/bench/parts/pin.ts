import { hasCommand, runToEnd } from '../../stack/processes.ts';

const canPin = hasCommand('taskset');

/** Binds all threads of a process to one core, where the machine can. */
export function pin(pid: number, core: number): void {
  if (canPin) runToEnd('taskset', ['-a', '-c', '-p', String(core), String(pid)], 5_000);
}
