import { isPortError } from '@tallystick/kernel';

/** Why a port cannot be listened on (system error), and what to do. */
const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'choose another port (see --help), or stop what uses it',
  EACCES: 'choose a port above 1023 (see --help)',
  EADDRNOTAVAIL: 'TALLYSTICK_HOST must be an address of this machine',
  ENOTFOUND: 'TALLYSTICK_HOST must be an address of this machine',
};

function listeningFailure(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return null;
  const advice = LISTENING[String(error.code)];
  return advice === undefined ? null : `${error.message}: ${advice}`;
}

/** What went wrong at a start, in words an operator can act on; null for a defect, which the log tells in full. */
export function describeStartFailure(error: unknown): string | null {
  if (!isPortError(error)) return listeningFailure(error);
  // An adapter that listens wraps what the system said.
  return error.code === 'misconfigured'
    ? (listeningFailure(error.cause) ?? error.message)
    : error.message;
}
