import { isPortError } from '@tallystick/kernel';
import type { Clock } from '@tallystick/ports';

/** A database that changes its primary is away for some seconds; an import outlives that. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 200;

/** Repeats what failed and may pass: the work must be one that may be done twice. */
export type Patience = <T>(work: () => Promise<T>) => Promise<T>;

export function createPatience(clock: Clock, pause: (ms: number) => Promise<void>): Patience {
  return async (work) => {
    const end = clock.monotonicMs() + PATIENCE_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isPortError(error) || !error.retriable || clock.monotonicMs() >= end) throw error;
        await pause(PAUSE_MS);
      }
    }
  };
}
