import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOPICS } from '@tallystick/contracts';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import { PortError } from '@tallystick/kernel';
import type { BusRecord, DeliveredRecord } from '@tallystick/ports';
import { createFixedClock } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createReadMarks, type ReadMarks } from './read-marks.ts';

const of = { tenant: 'default', productKey: 'p', deviceKey: 'k' };

const delivered = (record: BusRecord): DeliveredRecord => ({
  ...{ topic: TOPICS.sessions, partition: record.partition ?? 0, offset: 0, timestampMs: 0 },
  ...{ key: record.key, value: null, headers: record.headers },
});

describe('whether all that the gateways have said is known', () => {
  let folder: string;
  let store: OpenedEventStore;
  let written: (readonly BusRecord[])[];
  let asks: ReadMarks;
  let reads: ReadMarks;
  let publish: (records: readonly BusRecord[]) => Promise<void>;

  /** One registry of several on the same database. */
  const registry = (registryId: string): ReadMarks =>
    createReadMarks({
      ...{ sql: store.db, clock: createFixedClock(), registryId },
      bus: { partitions: () => 1 },
      publish: (records) => publish(records),
    });
  const marksWritten = (n: number): Promise<void> =>
    vi.waitFor(() => expect(written.length).toBeGreaterThanOrEqual(n), { interval: 1 });
  const read = (by: ReadMarks, round: number): Promise<void> =>
    by.onRead(0, (written[round] ?? []).map(delivered));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-marks-'));
    store = await createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') });
    written = [];
    publish = (records) => Promise.resolve(void written.push(records));
    [asks, reads] = [registry('a'), registry('b')];
    await asks.prepare();
  });
  afterEach(async () => {
    asks.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('given the mark was read by the registry that asked, then at once', async () => {
    const known = asks.upToNow(of);
    await marksWritten(1);
    await read(asks, 0);
    expect(await known).toBe(true);
  });

  it('given another registry reads the partition, then as soon as it has read the mark', async () => {
    const known = asks.upToNow(of);
    await marksWritten(1);
    await read(reads, 0);
    expect(await known).toBe(true);
  });

  it('given the partition went from the registry that asked to another, then that one is heard', async () => {
    const before = asks.upToNow(of);
    await marksWritten(1);
    await read(asks, 0);
    expect(await before).toBe(true);
    const known = asks.upToNow(of);
    await marksWritten(2);
    await read(reads, 1);
    expect(await known).toBe(true);
  });

  it('given many ask while a mark is written, then one more mark answers all of them', async () => {
    let done = (): void => undefined;
    publish = (records) => {
      written.push(records);
      return new Promise((resolve) => (done = resolve));
    };
    const first = asks.upToNow(of);
    const others = Array.from({ length: 100 }, () => asks.upToNow(of));
    await read(asks, 0);
    expect(await first).toBe(true);
    done();
    await marksWritten(2);
    expect(written[1]).toHaveLength(1);
    await read(asks, 1);
    expect(await Promise.all(others)).toEqual(Array(100).fill(true));
    done();
  });

  it('given a mark that was there before, then it answers none who asks after it', async () => {
    const first = asks.upToNow(of);
    await marksWritten(1);
    const second = asks.upToNow(of);
    await read(asks, 0);
    expect(await first).toBe(true);
    await marksWritten(2);
    let answered = false;
    void second.then(() => (answered = true));
    await read(asks, 0);
    expect(answered).toBe(false);
    await read(asks, 1);
    expect(await second).toBe(true);
  });

  it.each([
    ['nobody reads the partition', () => Promise.resolve()],
    ['the bus is away', () => Promise.reject(new PortError('unavailable', 'away'))],
  ])('given %s, then it says in time that nothing is known', async (_, fails) => {
    publish = fails;
    const before = performance.now();
    expect(await asks.upToNow(of)).toBe(false);
    expect(performance.now() - before).toBeLessThan(3_000);
    publish = (records) => Promise.resolve(void written.push(records));
    const known = asks.upToNow(of);
    await marksWritten(1);
    await read(asks, 0);
    expect(await known).toBe(true);
  });

  it('given a mark of a registry that is long gone, then nothing is kept of it', async () => {
    await reads.onRead(0, [
      delivered({
        ...{ topic: TOPICS.sessions, key: '0', value: null, partition: 0 },
        headers: { 'tallystick-mark': 'gone/7' },
      }),
    ]);
    const rows = () => store.db.read((session) => session.all('SELECT * FROM registry_marks_read'));
    expect(await rows()).toHaveLength(1);
    const clock = createFixedClock();
    clock.advance(3_600_001);
    await createReadMarks({
      ...{ sql: store.db, clock, registryId: 'c', bus: { partitions: () => 1 } },
      publish: () => Promise.resolve(),
    }).prepare();
    expect(await rows()).toHaveLength(0);
  });
});
