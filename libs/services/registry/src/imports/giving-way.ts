import type { EventStore } from '@tallystick/ports';

export interface GivingWayDeps {
  readonly store: EventStore;
  /** Whether an import is under way here. */
  readonly busy: () => boolean;
  readonly pause: (ms: number) => Promise<void>;
  readonly pauseMs: number;
}

/**
 * The store for whoever follows the whole log. While an import writes, in the same thread, a
 * follower waits before each page, so that it takes a part of the thread and not an equal share: it
 * is behind for as long as the import lasts, and catches up after it. A reader that asks for some
 * types alone (the fast lane) never waits.
 */
export function givesWay({ store, busy, pause, pauseMs }: GivingWayDeps): EventStore {
  return {
    append: (batch) => store.append(batch),
    readStream: (...asked) => store.readStream(...asked),
    async readAll(options) {
      if (options.types === undefined && busy()) await pause(pauseMs);
      return store.readAll(options);
    },
    head: () => store.head(),
    waitBeyond: (position, timeoutMs, signal) => store.waitBeyond(position, timeoutMs, signal),
    close: () => store.close(),
  };
}
