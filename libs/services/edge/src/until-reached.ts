import { isPortError } from '@tallystick/kernel';
import { keepTrying } from '@tallystick/ports';
import type { Logger } from './logger.ts';

const AGAIN_MS = 1_000;

export interface Reaching {
  readonly logger: Logger;
  /** Ends the asking. */
  readonly signal: AbortSignal;
}

/**
 * The answer of a bus that may be away, asked for as long as it takes: a service that starts before
 * its broker is not to be started again by hand. Rejects when the bus refuses for good; undefined:
 * the asking was ended.
 */
export async function untilReached<T>(
  { logger, signal }: Reaching,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  const failed = (error: unknown): void => {
    if (!isPortError(error) || !error.retriable) throw error;
    logger.debug({ err: error }, 'the bus is not reached');
  };
  const answer = await keepTrying(ask, { signal, everyMs: AGAIN_MS, failed });
  return signal.aborted ? undefined : answer;
}
