import { runToEnd } from '../../stack/processes.ts';

/**
 * Whether a command of the machine can be used. On a user's machine a test may say by name that it
 * is missing; with CI=true it must be there.
 */
export function commandMissing(command: string, debianPackage: string): string | false {
  const { status } = runToEnd('sh', ['-c', `command -v ${command}`]);
  if (status === 0) return false;
  const reason = `${command} is not installed (Debian: ${debianPackage})`;
  if (process.env['CI']) throw new Error(reason);
  return reason;
}
