import { isPortError, type PortErrorCode } from './port-error.ts';

const TOLD_EVERY = 60;
const WAITING: ReadonlySet<PortErrorCode> = new Set(['closed', 'lost-tail']);

/**
 * How loudly to tell of a failure that is tried again. What waits because the store or the bus is
 * away (or closed by a stop, or has lost its tail) is told where that is noticed. Any other failure
 * is told at the first try, and then at every 60th.
 */
export function levelOf(error: unknown, tries = 0): 'warn' | 'debug' {
  const waits = isPortError(error) && (error.retriable || WAITING.has(error.code));
  return waits || tries % TOLD_EVERY !== 0 ? 'debug' : 'warn';
}
