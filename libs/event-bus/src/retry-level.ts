import { isPortError } from '@tallystick/kernel';

const TOLD_EVERY = 60;

/**
 * What is tried again because something is away is told where that is noticed; any other failure is
 * told at first and then now and again.
 */
export function levelOf(error: unknown, tries: number): 'warn' | 'debug' {
  const waits = isPortError(error) && (error.retriable || error.code === 'closed');
  return waits || tries % TOLD_EVERY !== 0 ? 'debug' : 'warn';
}
