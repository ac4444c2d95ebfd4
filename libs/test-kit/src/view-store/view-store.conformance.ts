import type { ViewStore, ViewWrite } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

export interface ViewStoreHarness {
  /** A fresh, empty store. */
  readonly create: () => Promise<ViewStore>;
  /** Closes it and opens the same again; absent where nothing outlives the process. */
  readonly reopen?: (store: ViewStore) => Promise<ViewStore>;
  readonly dispose?: () => Promise<void>;
}

const rows = (count: number): ViewWrite[] =>
  Array.from({ length: count }, (_, i) => ({
    key: `d/pk/device-${(i * 7919) % count}`,
    value: { revision: i },
  }));

/** What every view store must do (ports: view-store). */
export function viewStoreConformance(name: string, harness: ViewStoreHarness): void {
  describe(`${name} as a view store`, () => {
    let store: ViewStore;
    beforeEach(async () => {
      store = await harness.create();
    });
    afterEach(async () => {
      await store.close();
      await harness.dispose?.();
    });

    it('given nothing, a row, a checkpoint and the count are absent', () => {
      expect(store.get('p/pk')).toBeUndefined();
      expect(store.checkpoint('fast/0')).toBeUndefined();
      expect(store.count()).toBe(0);
    });

    it('when an apply has resolved, its rows and checkpoints are seen at once', async () => {
      await store.apply([{ key: 'p/pk', value: { revision: 1, open: null } }], {
        'fast/0': { next: 4 },
      });
      expect(store.get('p/pk')).toEqual({ revision: 1, open: null });
      expect(store.checkpoint('fast/0')).toEqual({ next: 4 });
      expect(store.count()).toBe(1);
    });

    it('replaces a row, and deletes it when null is written', async () => {
      await store.apply([{ key: 'p/pk', value: 1 }], {});
      await store.apply([{ key: 'p/pk', value: 2 }], {});
      expect(store.get('p/pk')).toBe(2);
      await store.apply([{ key: 'p/pk', value: null }], {});
      expect(store.get('p/pk')).toBeUndefined();
      expect(store.count()).toBe(0);
    });

    it('of two writes to one key in one apply the last counts', async () => {
      await store.apply(
        [
          { key: 'a', value: 1 },
          { key: 'a', value: null },
          { key: 'b', value: null },
          { key: 'b', value: 2 },
        ],
        {},
      );
      expect(store.get('a')).toBeUndefined();
      expect(store.get('b')).toBe(2);
    });

    it('takes checkpoints without rows, and keeps those that are not named', async () => {
      await store.apply([], { one: 1 });
      await store.apply([], { two: 2 });
      expect([store.checkpoint('one'), store.checkpoint('two')]).toEqual([1, 2]);
    });

    it('takes keys of 1,900 bytes, unicode, and 20,000 rows at once in any order', async () => {
      const long = 'k'.repeat(1_900);
      await store.apply([{ key: long, value: 'Zähler 電力 🔌' }, ...rows(20_000)], {});
      expect(store.get(long)).toBe('Zähler 電力 🔌');
      expect(store.get('d/pk/device-7919')).toEqual({ revision: 1 });
      expect(store.count()).toBe(20_001);
    });

    it('applies that overlap in time all stand, in the order in which they were asked for', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => store.apply([{ key: 'k', value: i }], { at: i })),
      );
      expect(store.get('k')).toBe(49);
      expect(store.checkpoint('at')).toBe(49);
    });

    it('when cleared, rows and checkpoints are gone and it goes on', async () => {
      await store.apply([{ key: 'a', value: 1 }], { at: 1 });
      await store.clear();
      expect([store.get('a'), store.checkpoint('at'), store.count()]).toEqual([
        undefined,
        undefined,
        0,
      ]);
      await store.apply([{ key: 'a', value: 2 }], {});
      expect(store.get('a')).toBe(2);
    });

    it('refuses to be read or written once closed; closing again is quiet', async () => {
      await store.close();
      await store.close();
      expect(() => store.get('a')).toThrow(expect.objectContaining({ code: 'closed' }));
      await expect(store.apply([], {})).rejects.toMatchObject({ code: 'closed' });
    });

    const { reopen } = harness;
    if (reopen === undefined) return;
    it('after a reopen, everything applied is there', async () => {
      await store.apply(rows(100), { 'bulk/3': { next: 100 } });
      store = await reopen(store);
      expect(store.count()).toBe(100);
      expect(store.get('d/pk/device-1')).toBeDefined();
      expect(store.checkpoint('bulk/3')).toEqual({ next: 100 });
    });
  });
}
