import type { EventStore } from '@tallystick/ports';
import type { AppendOutcome } from './metrics.ts';

/** The same store, which tells how long each append took. */
export function timedStore(
  store: EventStore,
  monotonicMs: () => number,
  took: (outcome: AppendOutcome, ms: number) => void,
): EventStore {
  return {
    async append(batch) {
      const begun = monotonicMs();
      try {
        const answer = await store.append(batch);
        took(answer.ok ? 'appended' : 'refused', monotonicMs() - begun);
        return answer;
      } catch (error) {
        took('failed', monotonicMs() - begun);
        throw error;
      }
    },
    readStream: (...asked) => store.readStream(...asked),
    readAll: (options) => store.readAll(options),
    head: () => store.head(),
    waitBeyond: (position, timeoutMs, signal) => store.waitBeyond(position, timeoutMs, signal),
    close: () => store.close(),
  };
}
