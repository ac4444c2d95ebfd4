import { describe, expect, it } from 'vitest';
import { BatchRecorder } from './batch-recorder.ts';
import { type BusFixture, numbered, numbers } from './bus-fixture.ts';

export function committedConformance(given: BusFixture): void {
  describe('a reader whose offsets the bus keeps', () => {
    it('is given the same batch again after it rejected it, and nothing beyond it before', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const seen = new BatchRecorder();
      let rejections = 0;
      seen.react = ({ records }) => {
        if (records.some(({ offset }) => offset === 3) && rejections < 3) {
          rejections += 1;
          throw new Error('not yet');
        }
      };
      await given.publish(bus, numbered(topic, 'a', 6));
      await given.read(bus, { topics: [topic], from: 'committed' }, seen);
      await seen.until('offset 5 after the rejections', () => {
        const last = seen.batches.at(-1)?.records.at(-1);
        return rejections === 3 && last?.offset === 5;
      });

      const rejected = seen.batches.filter((b) => b.records.some(({ offset }) => offset === 3));
      const offsetsOf = (at: number): number[] | undefined =>
        rejected[at]?.records.map(({ offset }) => offset);
      expect(rejected).toHaveLength(4);
      for (const at of [1, 2, 3]) expect(offsetsOf(at)).toEqual(offsetsOf(0));
    });

    it('goes on after a restart behind what it had finished', async () => {
      const { bus, topic, spec } = await given.busWithTopic({ partitions: 1 });
      const group = given.name('group');
      await given.publish(bus, numbered(topic, 'a', 5));
      const first = await given.read(bus, { topics: [topic], group, from: 'committed' });
      await first.seen.untilCount(5);
      await first.subscription.close();
      const after = await given.restart(bus, [spec]);
      await given.publish(after, numbered(topic, 'a', 5, 5));

      const { seen } = await given.read(after, { topics: [topic], group, from: 'committed' });
      await seen.untilValue('9');

      expect(seen.values).toEqual(numbers(5, 5));
    });

    it('is given again after a restart what it had not finished', async () => {
      const { bus, topic, spec } = await given.busWithTopic({ partitions: 1 });
      const group = given.name('group');
      await given.publish(bus, numbered(topic, 'a', 3));
      const finished = await given.read(bus, { topics: [topic], group, from: 'committed' });
      await finished.seen.untilCount(3);
      await finished.subscription.close();
      await given.publish(bus, numbered(topic, 'a', 3, 3));
      const seen = new BatchRecorder();
      seen.react = () => {
        throw new Error('never done');
      };
      await given.read(bus, { topics: [topic], group, from: 'committed' }, seen);
      await seen.untilCount(1);
      const after = await given.restart(bus, [spec]);

      const again = await given.read(after, { topics: [topic], group, from: 'committed' });
      await again.seen.untilValue('5');

      expect(again.seen.values).toEqual(numbers(3, 3));
    });

    it('has an offset for each group', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      await given.publish(bus, numbered(topic, 'a', 3));
      for (const group of [given.name('group'), given.name('group')]) {
        const { seen } = await given.read(bus, { topics: [topic], group, from: 'committed' });
        await seen.untilCount(3);
        expect(seen.values).toEqual(numbers(3));
      }
    });
  });
}
