import { MARK_KEYS, type Lane } from '@tallystick/contracts';
import type { BusRecord, DeliveredRecord, EventBus, Ids } from '@tallystick/ports';

export interface ReadTopicsDeps {
  readonly bus: Pick<EventBus, 'partitions' | 'subscribe'>;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly lane: Lane;
}

const marksOf = (
  bus: Pick<EventBus, 'partitions'>,
  topics: readonly string[],
  lane: Lane,
  value: string,
): readonly BusRecord[] =>
  topics.flatMap((topic) =>
    Array.from({ length: bus.partitions(topic) }, (_, partition) => ({
      ...{ topic, key: MARK_KEYS[lane], value, headers: {}, partition },
    })),
  );

/**
 * Reads all that stands on topics now, from their beginning. A mark of our own in each partition
 * tells the end: in a topic that is written in transactions, a reader cannot wait for the last
 * offset.
 */
export async function readTopics(
  { bus, ids, lane }: ReadTopicsDeps,
  topics: readonly string[],
  write: (records: readonly BusRecord[]) => Promise<void>,
  onRecords: (records: readonly DeliveredRecord[]) => Promise<void>,
): Promise<void> {
  const mark = ids.uuid();
  await write(marksOf(bus, topics, lane, JSON.stringify({ kind: 'mark', mark })));
  const unread = new Set(
    topics.flatMap((topic) =>
      Array.from({ length: bus.partitions(topic) }, (_, partition) => `${topic}/${partition}`),
    ),
  );
  const done = Promise.withResolvers<void>();
  const isMark = ({ key, value }: DeliveredRecord): boolean =>
    key === MARK_KEYS[lane] && value !== null && new TextDecoder().decode(value).includes(mark);
  const subscription = await bus.subscribe({
    topics,
    group: `renew-${mark}`,
    from: 'earliest',
    onBatch: async ({ topic, partition, records }) => {
      const place = `${topic}/${partition}`;
      if (!unread.has(place)) return;
      const end = records.findIndex(isMark);
      await onRecords(end < 0 ? records : records.slice(0, end));
      if (end >= 0) unread.delete(place);
      if (unread.size === 0) done.resolve();
    },
    onFailed: (error) => done.reject(error),
  });
  try {
    await done.promise;
  } finally {
    await subscription.close();
  }
}
