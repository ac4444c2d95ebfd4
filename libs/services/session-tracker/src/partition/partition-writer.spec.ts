import { TOPIC_DEFINITIONS, TOPICS } from '@tallystick/contracts';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import { initialSessions } from '@tallystick/domain';
import type { BusRecord, DeliveredRecord, EventBus } from '@tallystick/ports';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parseChangelogRecord, toChangelogRecord } from './changelog.codec.ts';
import { packStamp, PartitionWriter, unpackStamp } from './partition-writer.ts';

const marker = (id: string) => toChangelogRecord(0, { kind: 'marker', id });
const offset = (nextOffset: number) => toChangelogRecord(0, { kind: 'offset', nextOffset });
const waiting = async (): Promise<void> => {};

let bus: EventBus;

beforeEach(async () => {
  bus = createInMemoryEventBus();
  await bus.ensureTopics(TOPIC_DEFINITIONS);
});

it('a stamp is one number, and comes back from it', () => {
  const stamp = { nextOffset: 1_500_000_000_000, owner: 63, step: 1 };
  expect(unpackStamp(packStamp(stamp))).toEqual(stamp);
  expect(unpackStamp(0)).toEqual({ nextOffset: 0, owner: 0, step: 0 });
  expect(Number.isSafeInteger(packStamp(stamp))).toBe(true);
});

it('an owner goes on where the last one was, and fences it', async () => {
  const [first, second] = [new PartitionWriter(bus, 0), new PartitionWriter(bus, 0)];
  expect(await first.claim(marker('1'))).toBe(0);
  await first.commit([offset(12)], 12, waiting);
  expect(await second.claim(marker('2'))).toBe(12);
  await expect(first.commit([offset(13)], 13, waiting)).rejects.toMatchObject({ code: 'fenced' });
  await second.commit([offset(13)], 13, waiting);
  const third = new PartitionWriter(bus, 0);
  expect(await third.claim(marker('3'))).toBe(13);
});

it('one that was given up opens nothing again', async () => {
  const writer = new PartitionWriter(bus, 0);
  await writer.claim(marker('1'));
  await writer.close();
  await expect(writer.commit([offset(1)], 1, waiting)).rejects.toMatchObject({ code: 'fenced' });
  expect(bus.partitions(TOPICS.tracker)).toBe(1);
});

describe('records that the bus will never take', () => {
  const session = { facts: { sessionId: 'x'.repeat(1_000_000) } };
  const device = (epoch: number, live: readonly unknown[]) =>
    toChangelogRecord(0, {
      kind: 'device',
      key: 'default/pk/dn',
      device: { ...initialSessions, epoch, generation: 2, live: live as never },
    });
  const presence = (key: string, bytes: number): BusRecord => ({
    ...{ topic: TOPICS.presence, key, value: 'x'.repeat(bytes), headers: {} },
  });

  it('are set aside, and the others of the commit are written with the place in the input', async () => {
    const asides: unknown[] = [];
    const writer = new PartitionWriter(bus, 0, ({ key }) => asides.push(key));
    await writer.claim(marker('1'));
    const records = [presence('a', 5), presence('b', 950_000), device(7, [session]), offset(3)];
    await writer.commit(records, 3, waiting);
    await writer.commit([presence('c', 5), offset(4)], 4, waiting);
    expect(asides).toEqual(['device/default/pk/dn', 'b']);
    const read: DeliveredRecord[] = [];
    await bus.subscribe({
      ...{ topics: [TOPICS.presence, TOPICS.tracker], group: 'spec', from: 'earliest' },
      onBatch: async (batch) => void read.push(...batch.records),
    });
    await vi.waitFor(() => {
      const keys = read.filter(({ topic }) => topic === TOPICS.presence).map(({ key }) => key);
      expect(keys).toEqual(['a', 'c']);
      const entries = read.map(parseChangelogRecord).filter((entry) => entry !== null);
      expect(entries.find(({ kind }) => kind === 'device')).toMatchObject({
        device: { epoch: 7, generation: 2, live: [] },
      });
    });
    expect(await new PartitionWriter(bus, 0).claim(marker('2'))).toBe(4);
  });
});
