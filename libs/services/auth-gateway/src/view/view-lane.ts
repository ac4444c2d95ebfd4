import { TOPICS, type Lane } from '@tallystick/contracts';
import type { BusSubscription, EventBus, ViewStore } from '@tallystick/ports';
import { LaneProgress, markName, toMark, UNREAD } from './lane-progress.ts';
import type { LaneBatch } from './view-applier.ts';

export const LANE_TOPICS: Readonly<Record<Lane, string>> = {
  fast: TOPICS.restrictions,
  bulk: TOPICS.credentials,
};

/** Where the view stands, by the marks that it holds. */
export function loadProgress(
  bus: Pick<EventBus, 'partitions'>,
  store: Pick<ViewStore, 'checkpoint'>,
): Readonly<Record<Lane, LaneProgress>> {
  const load = (lane: Lane): LaneProgress => {
    const partitions = bus.partitions(LANE_TOPICS[lane]);
    const marks = Array.from(
      { length: partitions },
      (_, partition) => toMark(store.checkpoint(markName(lane, partition))) ?? UNREAD,
    );
    return new LaneProgress(marks);
  };
  return { fast: load('fast'), bulk: load('bulk') };
}

export interface LaneReader {
  readonly bus: EventBus;
  readonly lane: Lane;
  readonly group: string;
  readonly progress: LaneProgress;
  readonly submit: (batch: LaneBatch) => Promise<void>;
  readonly onFailed: (error: Error) => void;
}

/**
 * Each lane has a consumer of its own, so that neither waits for the other; the offsets stand in
 * the view, with the data.
 */
export function openLane(reader: LaneReader): Promise<BusSubscription> {
  const { bus, lane, group, progress, submit, onFailed } = reader;
  return bus.subscribe({
    topics: [LANE_TOPICS[lane]],
    group,
    from: 'own',
    // A tick is applied when it has come in every partition: what came together is applied
    // together.
    concurrentPartitions: progress.partitions,
    onAssigned: async (gained) =>
      gained.map((id) => ({ ...id, offset: progress.mark(id.partition).nextOffset })),
    onBatch: ({ partition, records }) => submit({ lane, partition, records }),
    onFailed,
  });
}
