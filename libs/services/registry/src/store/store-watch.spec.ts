import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StoreState } from '@tallystick/ports';
import { createStoreWatch, type StoreWatch } from './store-watch.ts';

let watch: StoreWatch | undefined;
afterEach(() => watch?.stop());

function watched() {
  const store: { now: StoreState; told: StoreState } = {
    now: { storeId: 'store', incarnation: 1, head: 9, schemaVersion: 2 },
    told: { storeId: 'store', incarnation: 1, head: 9, schemaVersion: 2 },
  };
  const onLost = vi.fn();
  const made = createStoreWatch({
    tail: {
      state: async () => store.now,
      idAt: async (position) => `event-${position}`,
      losses: async () => [],
      requireHead: () => undefined,
      onConnected: () => undefined,
      refuseAppends: () => undefined,
      adopt: async () => store.now,
    },
    bus: {
      progressOf: async () => {
        const { storeId, incarnation, head } = store.told;
        const note = JSON.stringify({ storeId, incarnation, eventId: `event-${head}` });
        return { progress: head, note };
      },
    },
    relaying: () => ({ fast: 0, bulk: 0 }),
    reported: () => 0,
    lostRestrictions: async () => [],
    onLost,
    log: { error: () => undefined, info: () => undefined },
  });
  watch = made;
  return { store, onLost, look: () => made.look() };
}

describe('what is remembered of a store', () => {
  it('given one that grows, then it stands', async () => {
    const { store, onLost, look } = watched();
    await look();
    store.now = { ...store.now, head: 12 };
    await look();
    expect(onLost).not.toHaveBeenCalled();
  });

  it.each(['before', 'after'] as const)(
    'given one that was put back and adopted between two looks, then it is void: %s all was told anew',
    async (when) => {
      const { store, onLost, look } = watched();
      await look();
      store.now = { ...store.now, head: 12, incarnation: 2 };
      if (when === 'after') store.told = store.now;
      await look();
      expect(onLost).toHaveBeenCalledTimes(1);
      await look();
      expect(onLost).toHaveBeenCalledTimes(1);
    },
  );
});
