import type { PartitionId, StartPoint } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { BatchRecorder } from './batch-recorder.ts';
import { type BusFixture, numbered, numbers, recordOf } from './bus-fixture.ts';

export function readingConformance(given: BusFixture): void {
  describe('a reader from the earliest', () => {
    it('starts at the beginning each time', async () => {
      const { bus, topic } = await given.busWithTopic();
      await given.publish(bus, numbered(topic, 'a', 3));
      const group = given.name('group');
      const first = await given.read(bus, { topics: [topic], group });
      await first.seen.untilCount(3);
      await first.subscription.close();

      const second = await given.read(bus, { topics: [topic], group });
      await second.seen.untilCount(3);

      expect(second.seen.values).toEqual(numbers(3));
    });

    it('gets what is published while it reads', async () => {
      const { bus, topic } = await given.busWithTopic();
      const { seen } = await given.read(bus, { topics: [topic] });
      for (const from of [0, 10, 20]) {
        await given.publish(bus, numbered(topic, 'a', 10, from));
        await seen.untilCount(from + 10);
      }
      expect(seen.values).toEqual(numbers(30));
    });

    it('has one batch of a partition at a time, each of one partition and in offset order', async () => {
      const { bus, topic } = await given.busWithTopic();
      const seen = new BatchRecorder();
      const running = new Set<number>();
      let overlapped = false;
      seen.react = async ({ partition }) => {
        overlapped ||= running.has(partition);
        running.add(partition);
        await new Promise((resolve) => setImmediate(resolve));
        running.delete(partition);
      };
      await given.read(bus, { topics: [topic] }, seen);

      for (let round = 0; round < 5; round += 1)
        await given.publish(
          bus,
          ['a', 'b', 'c'].flatMap((key) => numbered(topic, key, 20)),
        );
      await seen.untilCount(300);

      expect(overlapped).toBe(false);
      for (const batch of seen.batches) {
        const offsets = batch.records.map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
        expect(new Set(batch.records.map(({ partition }) => partition))).toEqual(
          new Set([batch.partition]),
        );
      }
    });
  });

  describe('a reader from the latest', () => {
    it('gets only what is published after it was ready', async () => {
      const { bus, topic } = await given.busWithTopic();
      await given.publish(bus, numbered(topic, 'a', 5));
      const { seen } = await given.read(bus, { topics: [topic], from: 'latest' });

      await given.publish(bus, numbered(topic, 'a', 5, 5));
      await seen.untilValue('9');

      expect(seen.values).toEqual(numbers(5, 5));
    });
  });

  describe('a reader that keeps its own offsets', () => {
    it('names its starts before the first batch, and gets what it did not name from the earliest', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const other = given.topic({ partitions: 1 });
      await bus.ensureTopics([other]);
      await given.publish(bus, [...numbered(topic, 'a', 10), ...numbered(other.name, 'b', 3)]);
      const seen = new BatchRecorder();
      const assigned: PartitionId[] = [];
      let batchesBefore = -1;
      const onAssigned = async (gained: readonly PartitionId[]): Promise<StartPoint[]> => {
        assigned.push(...gained);
        await new Promise((resolve) => setImmediate(resolve));
        batchesBefore = seen.batches.length;
        return [{ topic, partition: 0, offset: 7 }];
      };

      const topics = [topic, other.name];
      await given.read(bus, { topics, from: 'own', onAssigned }, seen);
      await seen.untilCount(6);

      expect(batchesBefore).toBe(0);
      expect(assigned.map((id) => id.topic).sort()).toEqual(topics.toSorted());
      expect(seen.records.filter((r) => r.topic === topic).map((r) => r.offset)).toEqual([7, 8, 9]);
      expect(seen.records.filter((r) => r.topic === other.name)).toHaveLength(3);
    });

    it('goes on after a restart exactly where it says', async () => {
      const { bus, topic, spec } = await given.busWithTopic({ partitions: 1 });
      const group = given.name('group');
      await given.publish(bus, numbered(topic, 'a', 4));
      const first = await given.read(bus, { topics: [topic], group, from: 'own' });
      await first.seen.untilCount(4);
      const offset = (first.seen.records.at(-1)?.offset ?? 0) + 1;
      const after = await given.restart(bus, [spec]);
      await given.publish(after, numbered(topic, 'a', 3, 4));

      const { seen } = await given.read(after, {
        topics: [topic],
        group,
        from: 'own',
        onAssigned: async () => [{ topic, partition: 0, offset }],
      });
      await seen.untilCount(3);

      expect(seen.values).toEqual(numbers(3, 4));
    });

    it('can begin beyond the last record, and gets what comes then', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      await given.publish(bus, numbered(topic, 'a', 4));
      const { seen } = await given.read(bus, {
        topics: [topic],
        from: 'own',
        onAssigned: async () => [{ topic, partition: 0, offset: 4 }],
      });

      await given.publish(bus, numbered(topic, 'a', 2, 4));
      await seen.untilCount(2);

      expect(seen.values).toEqual(['4', '5']);
    });
  });

  describe('a partition that is paused', () => {
    it('is held back while others go on, and continues without a gap', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const other = given.topic({ partitions: 1 });
      await bus.ensureTopics([other]);
      const topics = [topic, other.name];
      const { seen, subscription } = await given.read(bus, { topics });
      await given.publish(bus, numbered(topic, 'a', 2));
      await seen.untilCount(2);

      subscription.pause([{ topic, partition: 0 }]);
      for (let round = 0; round < 3; round += 1) {
        await given.publish(bus, numbered(topic, 'a', 2, 2 + round * 2));
        await given.publish(bus, [recordOf(other.name, 'b', `other-${round}`)]);
        await seen.untilValue(`other-${round}`);
      }
      const held = seen.records.filter((record) => record.topic === topic).length;
      subscription.resume([{ topic, partition: 0 }]);
      await seen.untilCount(11);

      expect(held).toBe(2);
      const ofTopic = seen.records.filter((record) => record.topic === topic);
      expect(ofTopic.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    it('can be paused as it is assigned, so that nothing of it comes before', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const other = given.topic({ partitions: 1 });
      await bus.ensureTopics([other]);
      await given.publish(bus, [...numbered(topic, 'a', 3), ...numbered(other.name, 'b', 3)]);
      const { seen, subscription } = await given.read(bus, {
        topics: [topic, other.name],
        from: 'own',
        onAssigned: async (_, own) => {
          own.pause([{ topic, partition: 0 }]);
          return [];
        },
      });
      await seen.untilCount(3);
      const before = new Set(seen.records.map((record) => record.topic));

      subscription.resume([{ topic, partition: 0 }]);
      await seen.untilCount(6);

      expect(before).toEqual(new Set([other.name]));
      expect(seen.records.slice(3).map((record) => record.topic)).toEqual([topic, topic, topic]);
    });
  });

  describe('a subscription that is closed', () => {
    it('hands over nothing more once the close has resolved, and may be closed again', async () => {
      const { bus, topic } = await given.busWithTopic();
      const { seen, subscription } = await given.read(bus, { topics: [topic] });
      await given.publish(bus, numbered(topic, 'a', 5));
      await seen.untilCount(5);

      await subscription.close();
      await subscription.close();
      await given.publish(bus, numbered(topic, 'a', 5, 5));
      const witness = await given.read(bus, { topics: [topic] });
      await witness.seen.untilCount(10);

      expect(seen.values).toEqual(numbers(5));
    });

    it('goes with its bus, in the middle of a stream of records', async () => {
      const { bus, topic } = await given.busWithTopic();
      const { seen } = await given.read(bus, { topics: [topic] });
      const publisher = await bus.openPublisher();
      await publisher.publish(numbered(topic, 'a', 200));
      await seen.untilCount(1);

      await bus.close();
      const count = seen.records.length;
      await bus.close();

      expect(seen.records).toHaveLength(count);
      await expect(publisher.publish(numbered(topic, 'a', 1))).rejects.toMatchObject({
        code: 'closed',
      });
    });
  });
}
