import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';

const STDOUT = 1;

/**
 * A reader that goes away (`tallystick … | head -1`) is no error, and ends the command also while
 * there is nothing to write. Node cannot ask a pipe whether it is still read; GNU tail does
 * (coreutils, `tail -f`), and ends by SIGPIPE. Where there is no such tail the next write tells.
 */
export function endWithReader(): void {
  process.stdout.on('error', () => process.exit(0));
  if (!fstatSync(STDOUT).isFIFO()) return;
  const words = ['-f', '--pid', String(process.pid), '/dev/null'];
  const watch = spawn('tail', words, { stdio: ['ignore', STDOUT, 'ignore'] });
  watch.on('error', () => undefined);
  watch.on('exit', (_, signal) => {
    if (signal === 'SIGPIPE') process.exit(0);
  });
  watch.unref();
  process.once('exit', () => watch.kill());
}
