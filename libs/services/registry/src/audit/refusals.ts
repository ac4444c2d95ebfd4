import type { Clock } from '@tallystick/ports';
import type { AuditLog } from '@tallystick/projections';
import { repeatEvery } from '../repeating.ts';
import { NotedRefusals, type Refused } from './noted-refusals.ts';

/**
 * Refused attempts, on their way to the audit: written within about a second, and at the stop.
 * Nobody waits for it, and who asks in a loop makes neither the memory nor the audit grow.
 */
export interface Refusals {
  note(refused: Refused): void;
  /** Writes what was noted before; what cannot be written stays noted. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface RefusalsDeps {
  readonly audit: Pick<AuditLog, 'record' | 'count'>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

const FLUSH_MS = 1_000;

/** Writes some of what was noted; it is put back where that fails. */
async function write<T>(
  taken: readonly T[],
  to: (taken: readonly T[]) => Promise<void>,
  putBack: (one: T) => void,
): Promise<void> {
  if (taken.length === 0) return;
  try {
    await to(taken);
  } catch (error) {
    taken.forEach(putBack);
    throw error;
  }
}

export function startRefusals({ audit, clock, onError }: RefusalsDeps): Refusals {
  const noted = new NotedRefusals();
  const writeAll = async (): Promise<void> => {
    try {
      await write(noted.takeEntries(), audit.record, (entry) => noted.keep(entry));
      await write(noted.takeCounts(), audit.count, (attempts) => noted.count(attempts));
    } catch (error) {
      onError(error);
    }
  };
  let last = Promise.resolve();
  const flush = (): Promise<void> => (last = last.then(writeAll));
  const { stop } = repeatEvery(FLUSH_MS, flush);
  return {
    note: (refused) => noted.note(refused, clock.now()),
    flush,
    stop,
  };
}
