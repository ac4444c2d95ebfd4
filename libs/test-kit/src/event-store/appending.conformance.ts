import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  someAppend,
  someEvent,
  type EventStoreFixture,
  type OpenEventStore,
} from './event-store-harness.ts';

export function appendingConformance(open: OpenEventStore): void {
  describe('appending', () => {
    let fixture: EventStoreFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(() => fixture.close());

    it('begins a stream at revision 1 and the store at position 1', async () => {
      const appended = await fixture.store.append([someAppend('a', 0, 2)]);
      expect(appended).toEqual({
        ok: true,
        value: { position: 2, revisions: [2], repeated: false },
      });
      const events = await fixture.store.readStream('a');
      expect(events.map(({ revision, position }) => [revision, position])).toEqual([
        [1, 1],
        [2, 2],
      ]);
    });

    it('gives back every field of an event as it was written', async () => {
      const event = someEvent({
        data: {
          text: 'Grüße 🌡️ \u0001 "quoted" \\',
          list: [1, 2.5, null, true],
          nested: { key: '值' },
        },
        meta: {
          tenant: 'default',
          subject: 'dv_1',
          actor: 'ops',
          correlationId: 'c',
          causationId: 'k',
          traceparent: '00-1-2-01',
        },
      });
      await fixture.store.append([{ stream: 'unicode/🌍', expectedRevision: 0, events: [event] }]);
      expect(await fixture.store.readStream('unicode/🌍')).toEqual([
        { ...event, stream: 'unicode/🌍', revision: 1, position: 1 },
      ]);
    });

    it('refuses a writer whose revision is stale, and writes nothing of its batch', async () => {
      await fixture.store.append([someAppend('a', 0)]);
      const refused = await fixture.store.append([someAppend('b', 0), someAppend('a', 0)]);
      expect(refused).toEqual({
        ok: false,
        error: { code: 'stale-revision', stream: 'a', expected: 0, actual: 1 },
      });
      expect(await fixture.store.readStream('b')).toEqual([]);
      expect(await fixture.store.head()).toBe(1);
    });

    it('appends to several streams at once', async () => {
      await fixture.store.append([someAppend('a', 0)]);
      const appended = await fixture.store.append([someAppend('a', 1, 2), someAppend('b', 0)]);
      expect(appended).toMatchObject({ ok: true, value: { position: 4, revisions: [3, 1] } });
    });

    it('checks a stream that it does not write', async () => {
      await fixture.store.append([someAppend('product', 0)]);
      const checked = await fixture.store.append([
        someAppend('device', 0),
        { stream: 'product', expectedRevision: 1, events: [] },
      ]);
      expect(checked).toMatchObject({ ok: true, value: { position: 2, revisions: [1, 1] } });
      const stale = await fixture.store.append([
        someAppend('other', 0),
        { stream: 'product', expectedRevision: 2, events: [] },
      ]);
      expect(stale).toMatchObject({
        ok: false,
        error: { code: 'stale-revision', stream: 'product', actual: 1 },
      });
      expect(await fixture.store.readStream('other')).toEqual([]);
    });

    it('answers a repeated append as the first time, also after others have gone on', async () => {
      const batch = [someAppend('a', 0, 2), someAppend('b', 0)];
      const first = await fixture.store.append(batch);
      await fixture.store.append([someAppend('a', 2)]);
      const again = await fixture.store.append(batch);
      expect(again).toEqual({
        ok: true,
        value: { position: 3, revisions: [2, 1], repeated: true },
      });
      expect(first).toMatchObject({ ok: true, value: { position: 3, repeated: false } });
      expect(await fixture.store.head()).toBe(4);
    });

    it('refuses an event id that stands elsewhere', async () => {
      const event = someEvent();
      await fixture.store.append([{ stream: 'a', expectedRevision: 0, events: [event] }]);
      const elsewhere = await fixture.store.append([
        { stream: 'b', expectedRevision: 0, events: [event] },
      ]);
      expect(elsewhere).toEqual({
        ok: false,
        error: { code: 'duplicate-event', eventId: event.id },
      });
      const partly = await fixture.store.append([
        { stream: 'a', expectedRevision: 1, events: [event, someEvent()] },
      ]);
      expect(partly).toMatchObject({ ok: false, error: { code: 'duplicate-event' } });
      expect(await fixture.store.head()).toBe(1);
    });

    it('refuses an event id that stands twice in one batch', async () => {
      const event = someEvent();
      const twice = await fixture.store.append([
        { stream: 'a', expectedRevision: 0, events: [event] },
        { stream: 'b', expectedRevision: 0, events: [event] },
      ]);
      expect(twice).toEqual({ ok: false, error: { code: 'duplicate-event', eventId: event.id } });
      expect(await fixture.store.head()).toBe(0);
    });

    it('takes a stream that is named twice in its order', async () => {
      const appended = await fixture.store.append([someAppend('a', 0), someAppend('a', 1, 2)]);
      expect(appended).toMatchObject({ ok: true, value: { position: 3, revisions: [1, 3] } });
      const refused = await fixture.store.append([someAppend('a', 3), someAppend('a', 3)]);
      expect(refused).toMatchObject({ ok: false, error: { code: 'stale-revision', actual: 4 } });
      expect(await fixture.store.head()).toBe(3);
    });

    it('refuses one of the appends of a moment, and writes those beside it', async () => {
      await fixture.store.append([someAppend('a', 0)]);
      const taken = someEvent();
      const outcomes = await Promise.all([
        fixture.store.append([someAppend('b', 0)]),
        fixture.store.append([someAppend('a', 0)]),
        fixture.store.append([{ stream: 'c', expectedRevision: 0, events: [taken, taken] }]),
        fixture.store.append([someAppend('d', 0)]),
      ]);
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, false, true]);
      expect(await fixture.store.head()).toBe(3);
    });

    it('answers one of two equal appends of a moment as the other’s repeat', async () => {
      const batch = [someAppend('a', 0, 2)];
      const both = await Promise.all([fixture.store.append(batch), fixture.store.append(batch)]);
      expect(both).toEqual([
        { ok: true, value: { position: 2, revisions: [2], repeated: false } },
        { ok: true, value: { position: 2, revisions: [2], repeated: true } },
      ]);
    });

    it('lets exactly one of many writers of the same revision win', async () => {
      const stores = [fixture.store, fixture.second ?? fixture.store];
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          stores[index % 2]?.append([someAppend('race', 0)]),
        ),
      );
      expect(outcomes.filter((outcome) => outcome?.ok === true)).toHaveLength(1);
      expect(await fixture.store.readStream('race')).toHaveLength(1);
    });

    it('takes a batch of 5,000 events', async () => {
      const appended = await fixture.store.append([someAppend('large', 0, 5_000)]);
      expect(appended).toMatchObject({ ok: true, value: { position: 5_000, revisions: [5_000] } });
      expect(await fixture.store.readStream('large', 4_999)).toHaveLength(2);
    });
  });
}
