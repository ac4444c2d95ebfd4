import { isPortError } from '@tallystick/kernel';

/** What fails because the store or the bus is away is tried again, and that it is away was said where it was noticed. */
export function levelOf(error: unknown): 'debug' | 'warn' {
  return isPortError(error) && error.retriable ? 'debug' : 'warn';
}
