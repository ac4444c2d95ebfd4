import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchRecorder, keysOf } from '@tallystick/test-kit';
import type { BusRecord, BusSubscription, SubscribeOptions } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedEventBus } from './embedded-event-bus.ts';

const HOUR_MS = 3_600_000;
const utf8 = new TextEncoder();

describe('the embedded log', () => {
  let folder = '';
  let file = '';
  const open: EmbeddedEventBus[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallystick-bus-'));
    file = join(folder, 'bus.db');
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close()));
    await rm(folder, { recursive: true });
  });

  async function openBus(now = Date.now()): Promise<EmbeddedEventBus> {
    const bus = new EmbeddedEventBus({ file, now: () => now, retryPauseMs: 5 });
    open.push(bus);
    await bus.ensureTopics([
      { name: 'history', partitions: 'default', kept: { by: 'age', hours: null } },
      { name: 'daily', partitions: 'default', kept: { by: 'age', hours: 24 } },
      { name: 'state', partitions: 'default', kept: { by: 'key' } },
    ]);
    return bus;
  }

  function record(topic: string, key: string, value: string | null, transient = false): BusRecord {
    const bytes = value === null ? null : utf8.encode(value);
    return { topic, key, value: bytes, headers: {}, ...(transient ? { transient } : {}) };
  }

  async function publish(bus: EmbeddedEventBus, ...records: BusRecord[]): Promise<void> {
    await (await bus.openPublisher()).publish(records);
  }

  async function read(
    bus: EmbeddedEventBus,
    topic: string,
    more: Partial<SubscribeOptions> = {},
  ): Promise<{ seen: BatchRecorder; subscription: BusSubscription }> {
    const seen = new BatchRecorder();
    const subscription = await bus.subscribe({
      topics: [topic],
      group: 'reader',
      from: 'earliest',
      ...more,
      onBatch: seen.onBatch,
    });
    await subscription.ready;
    return { seen, subscription };
  }

  it('delivers a transient record in its place among the durable ones, with an offset from which none is missed', async () => {
    const bus = await openBus();
    const { seen } = await read(bus, 'history');

    await publish(
      bus,
      record('history', 'tick-0', '', true),
      record('history', 'a', '1'),
      record('history', 'tick-1', '', true),
      record('history', 'b', '2'),
    );
    await publish(bus, record('history', 'tick-2', '', true));
    await seen.untilCount(5);

    expect(keysOf(seen.records)).toEqual(['tick-0', 'a', 'tick-1', 'b', 'tick-2']);
    expect(seen.records.map(({ offset }) => offset)).toEqual([-1, 0, 0, 1, 1]);
  });

  it('holds a transient record behind durable ones that a slow reader has still to read', async () => {
    const bus = await openBus();
    const { seen, subscription } = await read(bus, 'history');
    subscription.pause([{ topic: 'history', partition: 0 }]);
    const many = Array.from({ length: 1200 }, (_, at) => record('history', `k${at}`, ''));
    await publish(bus, ...many, record('history', 'tick', '', true), record('history', 'end', ''));

    subscription.resume([{ topic: 'history', partition: 0 }]);
    await seen.untilCount(1202);

    expect(keysOf(seen.records).slice(-2)).toEqual(['tick', 'end']);
  });

  it('forgets a transient record with the process', async () => {
    const first = await openBus();
    await publish(first, record('history', 'tick', '', true), record('history', 'a', '1'));
    await first.close();

    const { seen } = await read(await openBus(), 'history');
    await seen.untilCount(1);

    expect(keysOf(seen.records)).toEqual(['a']);
  });

  it('drops what is older than its topic keeps, and uses no offset twice', async () => {
    const start = 1_700_000_000_000;
    const first = await openBus(start);
    await publish(first, record('daily', 'old', '1'), record('history', 'old', '1'));
    await first.close();
    const second = await openBus(start + 25 * HOUR_MS);
    await publish(second, record('daily', 'new', '2'), record('history', 'new', '2'));

    const daily = await read(second, 'daily');
    const history = await read(second, 'history', { group: 'other' });
    await daily.seen.untilCount(1);
    await history.seen.untilCount(2);

    expect(daily.seen.records).toMatchObject([{ key: 'new', offset: 1 }]);
    expect(keysOf(history.seen.records)).toEqual(['old', 'new']);
  });

  it('keeps one row per key, forgets a tombstone after a day, and leaves no old value in the file', async () => {
    const start = 1_700_000_000_000;
    const first = await openBus(start);
    await publish(first, record('state', 'a', 'the-old-secret'), record('state', 'b', 'b1'));
    await publish(first, record('state', 'a', 'a2'), record('state', 'b', null));
    const fresh = await read(first, 'state');
    await fresh.seen.untilCount(2);
    await first.close();
    const second = await openBus(start + 25 * HOUR_MS);
    const later = await read(second, 'state');
    await later.seen.untilCount(1);
    await second.close();

    expect(fresh.seen.values).toEqual(['a2', null]);
    expect(keysOf(later.seen.records)).toEqual(['a']);
    expect((await readFile(file)).includes('the-old-secret')).toBe(false);
  });

  it('begins anew for a reader whose offset is beyond the log', async () => {
    const bus = await openBus();
    await publish(bus, record('history', 'a', '1'));
    const onAssigned = async () => [{ topic: 'history', partition: 0, offset: 999 }];

    const { seen } = await read(bus, 'history', { from: 'own', onAssigned });
    await seen.untilCount(1);

    expect(keysOf(seen.records)).toEqual(['a']);
  });

  it('belongs to one process: a second opener is refused', async () => {
    await openBus();
    await expect(openBus()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('commits what is published in one turn together: one refused call leaves the others alone', async () => {
    const bus = await openBus();
    const publisher = await bus.openPublisher();
    const calls = await Promise.allSettled([
      publisher.publish([record('history', 'a', '1')]),
      publisher.publish([record('unheard-of', 'b', '2')]),
      publisher.publish([record('history', 'c', '3')]),
    ]);

    const { seen } = await read(bus, 'history');
    await seen.untilCount(2);

    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(keysOf(seen.records)).toEqual(['a', 'c']);
  });
});
