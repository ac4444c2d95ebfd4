import { readFileSync } from 'node:fs';

const BOOT = '/proc/sys/kernel/random/boot_id';
/** Start time in clock ticks since the boot: field 22 of proc(5) `stat`, the 20th after the name. */
const START_TICKS = 19;

/**
 * Tells a process from a later one that was given the same id: its boot, and the tick of it at which the process began.
 * Empty where the system does not say (only Linux does), or there is no such process.
 */
export function birthOf(pid: number): string {
  try {
    const boot = readFileSync(BOOT, 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may itself hold brackets and blanks.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TICKS];
    return ticks === undefined ? '' : `${boot}/${ticks}`;
  } catch {
    return '';
  }
}
