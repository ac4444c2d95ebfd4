import { isPortError, keysOf } from '@tallystick/kernel';
import { PORT_SETTINGS, type Ports } from './app-ports.ts';

/** Why a port cannot be listened on (system error), and what to do. `%`: the setting. */
const LISTENING: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'set % to another port, or stop what uses it'],
  ['EACCES', 'set % to a port above 1023'],
  ['EADDRNOTAVAIL', 'TALLYSTICK_HOST must be an address of this machine'],
  ['ENOTFOUND', 'TALLYSTICK_HOST must be an address of this machine'],
]);

/**
 * The setting of the port that could not be had; where two have the same number, the first that
 * listens.
 */
function settingOf(error: Error, ports: Ports): string {
  const port = 'port' in error ? Number(error.port) : 0;
  const name = keysOf(PORT_SETTINGS).find((each) => ports[`${each}Port`] === port && port > 0);
  return name === undefined ? 'the port (see --help)' : PORT_SETTINGS[name];
}

function listeningFailure(error: unknown, ports: Ports): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return null;
  const advice = LISTENING.get(String(error.code));
  return advice === undefined
    ? null
    : `${error.message}: ${advice.replace('%', settingOf(error, ports))}`;
}

/**
 * What went wrong at a start, in words an operator can act on; null for a defect, which the log
 * tells in full.
 */
export function describeStartFailure(error: unknown, ports: Ports): string | null {
  if (!isPortError(error)) return listeningFailure(error, ports);
  // An adapter that listens wraps what the system said.
  return error.code === 'misconfigured'
    ? (listeningFailure(error.cause, ports) ?? error.message)
    : error.message;
}
