import { closeSync, constants, fstatSync, openSync } from 'node:fs';

const LOOK_MS = 500;
const STDOUT = 1;

/** A pipe that nobody reads cannot be opened for writing without waiting: ENXIO (fifo(7)). Linux shows ours under /proc. */
function isUnread(): boolean {
  try {
    closeSync(openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK));
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENXIO';
  }
}

/** A reader that goes away (`tallystick … | head -1`) is no error, and ends the command also while there is nothing to write. */
export function endWithReader(): void {
  process.stdout.on('error', () => process.exit(0));
  if (!fstatSync(STDOUT).isFIFO()) return;
  setInterval(() => {
    if (isUnread()) process.exit(0);
  }, LOOK_MS).unref();
}
