import { isPortError, type PortErrorCode } from '@tallystick/kernel';

const WAITING: ReadonlySet<PortErrorCode> = new Set(['closed', 'lost-tail']);

/**
 * What fails because the store or the bus is away (or closed, by a stop, or has lost its tail) is
 * tried again, and that it is away was said where it was noticed.
 */
export function levelOf(error: unknown): 'debug' | 'warn' {
  const waits = isPortError(error) && (error.retriable || WAITING.has(error.code));
  return waits ? 'debug' : 'warn';
}
