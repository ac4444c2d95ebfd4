import type { PartitionId } from '@tallystick/ports';
import { describe, expect, it, vi } from 'vitest';
import { BatchRecorder } from './batch-recorder.ts';
import { type BusFixture, numbered, recordOf } from './bus-fixture.ts';

export function groupsConformance(given: BusFixture): void {
  describe('a group with more members than partitions', () => {
    it('gives a record to one of them, and all to the other when one closes', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const options = { topics: [topic], group: given.name('group'), from: 'committed' as const };
      const seen = new BatchRecorder();
      const one = await given.read(bus, options, seen);
      const two = await given.read(bus, options, seen);
      await given.publish(bus, numbered(topic, 'a', 5));
      await seen.untilCount(5);

      await one.subscription.close();
      await given.publish(bus, numbered(topic, 'a', 5, 5));
      await seen.untilValue('9');

      expect(new Set(seen.values).size).toBe(10);
      await two.subscription.close();
    });
  });
}

/** For buses whose groups share: several members, several partitions. */
export function sharedGroupsConformance(given: BusFixture): void {
  interface Member {
    readonly seen: BatchRecorder;
    readonly owned: Set<string>;
    close(): Promise<void>;
  }

  const idOf = ({ topic, partition }: PartitionId): string => `${topic}/${partition}`;

  async function member(topics: string[], group: string, coPartitioned = false): Promise<Member> {
    const bus = await given.bus();
    await bus.ensureTopics(topics.map((name) => ({ ...given.topic(), name })));
    const owned = new Set<string>();
    const { seen, subscription } = await given.read(bus, {
      topics,
      group,
      from: 'own',
      coPartitioned,
      sessionTimeoutMs: 6000,
      onAssigned: async (gained) => {
        for (const id of gained) owned.add(idOf(id));
        return [];
      },
      onRevoked: async (lost) => {
        for (const id of lost) owned.delete(idOf(id));
      },
    });
    return { seen, owned, close: () => subscription.close() };
  }

  const sizes = (...members: Member[]): number[] => members.map(({ owned }) => owned.size).sort();

  const untilOwned = (what: string, holds: () => boolean): Promise<void> =>
    vi.waitFor(() => expect(holds(), what).toBe(true), { timeout: 30_000, interval: 20 });

  describe('a group that shares', () => {
    it('divides the partitions among its members, says what each lost, and gives them back when one leaves', async () => {
      const topic = given.name('events');
      const group = given.name('group');
      const count = given.harness.partitions;
      const one = await member([topic], group);
      await untilOwned('all for one', () => one.owned.size === count);
      const two = await member([topic], group);
      await untilOwned(
        'a half each',
        () => sizes(one, two).join() === [count / 2, count / 2].join(),
      );

      expect(new Set([...one.owned, ...two.owned]).size).toBe(count);
      await one.close();
      await untilOwned('all for the other', () => two.owned.size === count);
      const bus = await given.bus();
      await bus.ensureTopics([{ ...given.topic(), name: topic }]);
      const records = Array.from({ length: count }, (_, partition) =>
        recordOf(topic, `key-${partition}`, String(partition), { partition }),
      );
      await given.publish(bus, records);
      await two.seen.until('a record of each partition', () => {
        const partitions = new Set(two.seen.records.map(({ partition }) => partition));
        return partitions.size === count;
      });
    });

    it('gives a member the same partitions of each topic when they are to go together', async () => {
      const topics = [given.name('input'), given.name('changelog')];
      const group = given.name('group');
      const count = given.harness.partitions;
      const one = await member(topics, group, true);
      const two = await member(topics, group, true);
      await untilOwned('a half each', () => sizes(one, two).join() === [count, count].join());

      for (const { owned } of [one, two]) {
        const ofTopic = topics.map((topic) =>
          [...owned]
            .filter((id) => id.startsWith(`${topic}/`))
            .map((id) => id.split('/')[1])
            .sort(),
        );
        expect(ofTopic[0]).toHaveLength(count / 2);
        expect(ofTopic[0]).toEqual(ofTopic[1]);
      }
    });
  });
}
