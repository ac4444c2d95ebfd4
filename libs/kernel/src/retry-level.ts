import { isPortError, type PortErrorCode } from './port-error.ts';

const TOLD_EVERY = 60;
const WAITING: ReadonlySet<PortErrorCode> = new Set(['closed', 'lost-tail']);

/**
 * The log level of a failure that is tried again. If the store or the bus is away (or closed by a
 * stop, or has lost its tail), another place logs it. Any other failure is logged at the first try
 * and then at every 60th.
 */
export function levelOf(error: unknown, tries = 0): 'warn' | 'debug' {
  const waits = isPortError(error) && (error.retriable || WAITING.has(error.code));
  return waits || tries % TOLD_EVERY !== 0 ? 'debug' : 'warn';
}
