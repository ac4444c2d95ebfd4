import type { EventStore } from '@tallystick/ports';

/** The same store, which remembers how far this process has written. */
export interface OwnAppends {
  readonly store: EventStore;
  /** The position of the last event that this process has appended; 0: none. */
  lastPosition(): number;
}

export function watchAppends(store: EventStore): OwnAppends {
  let last = 0;
  return {
    lastPosition: () => last,
    store: {
      async append(batch) {
        const answer = await store.append(batch);
        if (answer.ok) last = Math.max(last, answer.value.position);
        return answer;
      },
      readStream: (...asked) => store.readStream(...asked),
      readAll: (options) => store.readAll(options),
      head: () => store.head(),
      waitBeyond: (position, timeoutMs, signal) => store.waitBeyond(position, timeoutMs, signal),
      close: () => store.close(),
    },
  };
}
