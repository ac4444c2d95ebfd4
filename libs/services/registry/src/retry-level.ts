import { isPortError } from '@tallystick/kernel';

/** What fails because the store or the bus is away (or closed, by a stop) is tried again, and that it is away was said where it was noticed. */
export function levelOf(error: unknown): 'debug' | 'warn' {
  const waits = isPortError(error) && (error.retriable || error.code === 'closed');
  return waits ? 'debug' : 'warn';
}
