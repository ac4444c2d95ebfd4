import type { EventStore, StoreTail } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someAppend } from '../event-store/index.ts';
import type { Opened } from './opened.ts';

/** An empty store and what tells of its tail. */
export interface TailOfStore {
  readonly store: EventStore;
  readonly tail: StoreTail;
}

/** What everything that tells of a store's tail must do (ports: store-tail). */
export function storeTailConformance(name: string, open: () => Promise<Opened<TailOfStore>>): void {
  describe(`${name} as the tail of a store`, () => {
    let opened: Opened<TailOfStore>;
    beforeEach(async () => {
      opened = await open();
      await opened.it.store.append([someAppend('a', 0, 3)]);
    });
    afterEach(() => opened.close());
    const refusal = { code: 'lost-tail', retriable: false };

    it('says which store it is, and what stands at a position', async () => {
      const { tail, store } = opened.it;
      const state = await tail.state();
      expect(state).toMatchObject({ incarnation: 1, head: 3 });
      expect(state.storeId).not.toBe('');
      expect(await tail.state()).toEqual(state);
      const { events } = await store.readAll({ after: 1, limit: 1 });
      expect([await tail.idAt(2), await tail.idAt(4)]).toEqual([events[0]?.id, null]);
      expect(await tail.losses()).toEqual([]);
    });

    it('given a head below what is required, then nothing is appended until it is adopted above that', async () => {
      const { store, tail } = opened.it;
      const before = await tail.state();
      tail.requireHead(8);
      await expect(store.append([someAppend('b', 0)])).rejects.toMatchObject(refusal);
      expect(await store.readStream('b')).toEqual([]);
      expect(await tail.adopt({ above: 8, incarnation: 5 })).toEqual({
        ...{ ...before, incarnation: 5, head: 8 },
      });
      expect(await store.append([someAppend('b', 0)])).toMatchObject({ value: { position: 9 } });
      expect(await tail.losses()).toEqual([{ incarnation: 5, after: 3, through: 8 }]);
      expect([await tail.idAt(5), typeof (await tail.idAt(9))]).toEqual([null, 'string']);
      const page = await store.readAll({ after: 3, limit: 10 });
      expect([page.events.map(({ position }) => position), page.head]).toEqual([[9], 9]);
    });

    it('given a lower head that is required later, then the higher one stays required', async () => {
      const { store, tail } = opened.it;
      tail.requireHead(8);
      tail.requireHead(2);
      await expect(store.append([someAppend('b', 0)])).rejects.toMatchObject(refusal);
    });

    it('given a refusal, then its words, until it is taken back', async () => {
      const { store, tail } = opened.it;
      tail.refuseAppends('another event stands there');
      await expect(store.append([someAppend('b', 0)])).rejects.toThrow(
        'another event stands there',
      );
      tail.refuseAppends(null);
      expect(await store.append([someAppend('b', 0)])).toMatchObject({ value: { position: 4 } });
    });

    it('given a second adoption, then the incarnation is greater again', async () => {
      const { tail } = opened.it;
      await tail.adopt({ above: 0, incarnation: 0 });
      expect(await tail.adopt({ above: 0, incarnation: 2 })).toMatchObject({
        ...{ incarnation: 3, head: 3 },
      });
    });
  });
}
