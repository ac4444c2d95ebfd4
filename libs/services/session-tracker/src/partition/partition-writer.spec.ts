import { TOPIC_DEFINITIONS, TOPICS } from '@tallystick/contracts';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import type { EventBus } from '@tallystick/ports';
import { beforeEach, expect, it } from 'vitest';
import { toChangelogRecord } from './changelog.codec.ts';
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
