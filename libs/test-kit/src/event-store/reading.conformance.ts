import { isPortError } from '@tallystick/kernel';
import type { EventStore } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  someAppend,
  someEvent,
  type EventStoreFixture,
  type OpenEventStore,
} from './event-store-harness.ts';

/** Reads from a position to the head, page by page. */
async function positionsAfter(store: EventStore, after: number, limit: number): Promise<number[]> {
  const positions: number[] = [];
  for (let at = after; ;) {
    const page = await store.readAll({ after: at, limit });
    positions.push(...page.events.map(({ position }) => position));
    at = page.through;
    if (at >= page.head) return positions;
  }
}

export function readingConformance(open: OpenEventStore): void {
  describe('reading', () => {
    let fixture: EventStoreFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(() => fixture.close());

    it('answers an unknown stream and an empty store with nothing', async () => {
      expect(await fixture.store.readStream('nothing')).toEqual([]);
      expect(await fixture.store.readAll({ after: 0, limit: 10 })).toEqual({
        events: [],
        through: 0,
        head: 0,
      });
    });

    it('names the store and the events at the ends of a page, where it is asked', async () => {
      const [first, second] = [someAppend('a', 0), someAppend('b', 0)];
      await fixture.store.append([first]);
      await fixture.store.append([second]);
      const page = await fixture.store.readAll({ after: 1, limit: 10, ends: true });
      expect(page.ends).toMatchObject({
        identity: { incarnation: 1 },
        afterId: first.events[0]?.id,
        throughId: second.events[0]?.id,
      });
      const none = await fixture.store.readAll({ after: 0, limit: 1, ends: true });
      expect(none.ends).toMatchObject({ afterId: null, throughId: first.events[0]?.id });
      expect(none.ends?.identity).toEqual(page.ends?.identity);
      const again = await (await fixture.reopen()).readAll({ after: 0, limit: 1, ends: true });
      expect(again.ends?.identity).toEqual(page.ends?.identity);
    });

    it('reads a part of a stream, however long it is', async () => {
      await fixture.store.append([someAppend('a', 0, 5)]);
      const part = async (from?: number, limit?: number) =>
        (await fixture.store.readStream('a', from, limit)).map(({ revision }) => revision);
      expect(await part(2, 2)).toEqual([2, 3]);
      expect(await part(4, 10)).toEqual([4, 5]);
      expect(await part(undefined, 1)).toEqual([1]);
      expect(await part(6, 1)).toEqual([]);
      expect(await part(3)).toEqual([3, 4, 5]);
    });

    it('reads on after a position, and says how far it looked', async () => {
      await fixture.store.append([someAppend('a', 0, 5)]);
      const page = await fixture.store.readAll({ after: 1, limit: 2 });
      expect(page.events.map(({ position }) => position)).toEqual([2, 3]);
      expect(page).toMatchObject({ through: 3, head: 5 });
      expect(await fixture.store.readAll({ after: 3, limit: 10 })).toMatchObject({
        through: 5,
        head: 5,
      });
      expect(await fixture.store.readAll({ after: 5, limit: 10 })).toEqual({
        events: [],
        through: 5,
        head: 5,
      });
    });

    it('reads by type and by the beginning of the stream, and has looked at all that it passed over', async () => {
      await fixture.store.append([
        {
          stream: 'device/1',
          expectedRevision: 0,
          events: [someEvent(), someEvent({ type: 'DeviceDisabled' })],
        },
      ]);
      await fixture.store.append([
        {
          stream: 'product/1',
          expectedRevision: 0,
          events: [someEvent({ type: 'ProductCreated' }), someEvent()],
        },
      ]);
      const disabled = await fixture.store.readAll({
        after: 0,
        limit: 10,
        types: ['DeviceDisabled', 'ProductCreated'],
      });
      expect(disabled.events.map(({ position }) => position)).toEqual([2, 3]);
      expect(disabled.through).toBe(4);
      const devices = await fixture.store.readAll({ after: 0, limit: 10, streamPrefix: 'device/' });
      expect(devices.events.map(({ position }) => position)).toEqual([1, 2]);
      expect(await fixture.store.readAll({ after: 0, limit: 10, types: [] })).toMatchObject({
        events: [],
        through: 4,
      });
      const first = await fixture.store.readAll({
        after: 0,
        limit: 1,
        types: ['DeviceDisabled', 'ProductCreated'],
      });
      expect(first).toMatchObject({ through: 2 });
    });

    it('goes a long way without an event of the type in pieces, and misses none behind it', async () => {
      await fixture.store.append([someAppend('long', 0, 5_000)]);
      await fixture.store.append([someAppend('long', 5_000, 5_000)]);
      await fixture.store.append([someAppend('long', 10_000, 2_000)]);
      const last = { stream: 'end', expectedRevision: 0, events: [someEvent({ type: 'Rare' })] };
      await fixture.store.append([last]);
      const found: number[] = [];
      for (let after = 0, head = 1; after < head;) {
        const page = await fixture.store.readAll({ after, limit: 100, types: ['Rare'] });
        found.push(...page.events.map(({ position }) => position));
        expect(page.through).toBeGreaterThan(after);
        after = page.through;
        head = page.head;
      }
      expect(found).toEqual([12_001]);
    });

    it('never lets a reader miss a position, while two processes write', async () => {
      const seen: number[] = [];
      const writers = [fixture.store, fixture.second ?? fixture.store].map(
        async (store, writer) => {
          for (let i = 0; i < 60; i += 1)
            await store.append([someAppend(`w${writer}-${i}`, 0, 1 + (i % 3))]);
        },
      );
      const all = Promise.all(writers).then(() => true);
      let after = 0;
      for (let done = false; !done;) {
        done = await Promise.race([all, fixture.store.waitBeyond(after, 20).then(() => false)]);
        const page = await fixture.store.readAll({ after, limit: 50 });
        seen.push(...page.events.map(({ position }) => position));
        after = page.through;
      }
      seen.push(...(await positionsAfter(fixture.store, after, 50)));
      expect(seen).toEqual(
        Array.from({ length: await fixture.store.head() }, (_, index) => index + 1),
      );
    });

    it('keeps everything over a restart, and goes on from a position', async () => {
      await fixture.store.append([someAppend('a', 0, 3)]);
      const reopened = await fixture.reopen();
      expect(await positionsAfter(reopened, 1, 1)).toEqual([2, 3]);
      expect(await reopened.append([someAppend('a', 3)])).toMatchObject({
        ok: true,
        value: { position: 4 },
      });
    });

    it('wakes a waiting reader when this or another process appends', async () => {
      for (const [index, store] of [fixture.store, fixture.second ?? fixture.store].entries()) {
        const woken = fixture.store.waitBeyond(index, 30_000);
        await store.append([someAppend(`wake-${index}`, 0)]);
        await woken;
        expect(await fixture.store.head()).toBe(index + 1);
      }
    });

    it('ends a wait when its time is up, when it is aborted, and at once when the head is already beyond', async () => {
      await fixture.store.waitBeyond(0, 5);
      const told = new AbortController();
      const waiting = fixture.store.waitBeyond(0, 30_000, told.signal);
      told.abort();
      await waiting;
      await fixture.store.append([someAppend('a', 0)]);
      await fixture.store.waitBeyond(0, 30_000);
      expect(await fixture.store.head()).toBe(1);
    });

    it('ends a wait when it is closed, and refuses calls after', async () => {
      const waiting = fixture.store.waitBeyond(0, 30_000).catch((error: unknown) => error);
      await fixture.store.close();
      expect(isPortError(await waiting, 'closed')).toBe(true);
      await expect(fixture.store.append([someAppend('a', 0)])).rejects.toMatchObject({
        code: 'closed',
      });
      await expect(fixture.store.head()).rejects.toMatchObject({ code: 'closed' });
      await fixture.store.close();
    });

    it('says unavailable while the database is away, and a repeat of the same events is safe when it is back', async () => {
      const { outage } = fixture;
      if (outage === undefined) return expect(fixture.second).toBeUndefined();
      await fixture.store.append([someAppend('a', 0)]);
      const batch = [someAppend('a', 1)];
      await outage.begin();
      await expect(fixture.store.append(batch)).rejects.toMatchObject({
        code: 'unavailable',
        retriable: true,
      });
      await expect(fixture.store.readStream('a')).rejects.toMatchObject({ code: 'unavailable' });
      await outage.end();
      expect(await fixture.store.append(batch)).toMatchObject({ ok: true, value: { position: 2 } });
      expect(await fixture.store.append(batch)).toMatchObject({
        ok: true,
        value: { position: 2, repeated: true },
      });
    });
  });
}
