import { MAX_RECORD_BYTES, recordBytes } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { textOf } from './batch-recorder.ts';
import { type BusFixture, recordOf } from './bus-fixture.ts';

const UNACCEPTABLE = { code: 'unacceptable', retriable: false };

/**
 * A record that a bus will never take is refused with a code of its own, and nothing waits behind
 * it.
 */
export function unacceptableConformance(given: BusFixture): void {
  const tooLarge = (topic: string) => recordOf(topic, 'a', 'x'.repeat(MAX_RECORD_BYTES));
  const largest = (topic: string) => {
    const around = recordBytes(recordOf(topic, 'a', ''));
    return recordOf(topic, 'a', 'x'.repeat(MAX_RECORD_BYTES - around));
  };

  describe('a record that no bus takes', () => {
    it('is refused for good, by a publisher that goes on with what stands behind it', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const publisher = await bus.openPublisher();

      const outcomes = await Promise.allSettled([
        publisher.publish([recordOf(topic, 'a', 'before')]),
        publisher.publish([tooLarge(topic)]),
        publisher.publish([recordOf(topic, 'a', 'behind')]),
      ]);
      await publisher.publish([recordOf(topic, 'a', 'later')]);

      expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: UNACCEPTABLE });
      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(3);
      expect(seen.values).toEqual(['before', 'behind', 'later']);
    });

    it('is one byte above the largest that every bus takes', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const publisher = await bus.openPublisher();

      await publisher.publish([largest(topic)]);
      const above = { ...largest(topic), key: 'ab' };
      await expect(publisher.publish([above])).rejects.toMatchObject(UNACCEPTABLE);

      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(1);
      expect(seen.values[0]).toHaveLength(largest(topic).value?.length ?? 0);
    });

    it('fails a commit as a whole, and a writer that is opened anew goes on without it', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const id = given.name('writer');
      const writer = await bus.openFencedWriter(id);
      await writer.commit({ records: [recordOf(topic, 'a', '1')], progress: 1 });

      const committing = writer.commit({
        records: [recordOf(topic, 'a', 'beside'), tooLarge(topic)],
        progress: 2,
      });

      await expect(committing).rejects.toMatchObject(UNACCEPTABLE);
      const again = await bus.openFencedWriter(id);
      expect(await again.progress()).toBe(1);
      await again.commit({ records: [recordOf(topic, 'a', '2')], progress: 2 });
      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(2);
      expect(seen.records.map(textOf)).toEqual(['1', '2']);
    });
  });
}
