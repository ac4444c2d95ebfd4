import type { BusPublisher, BusRecord, FencedWriter, WriterProgress } from '@tallystick/ports';
import type { RelayDeps } from './relay.types.ts';
import { toMark, type StoreMark } from './store-mark.ts';
import type { TakeableRecords } from './takeable.ts';

/**
 * A lane's two ways into the bus: batches in fenced transactions, one at a time and in order, and
 * plain ticks after them.
 */
export interface LaneWriter {
  progress(): Promise<number>;
  /** What is known of the store that was read up to the progress. */
  mark(): Promise<StoreMark | null>;
  /**
   * Starts the commit once the one before has ended; a failure of either throws here or in
   * `settled`.
   */
  commit(records: readonly BusRecord[], at: WriterProgress): Promise<void>;
  /** Resolves when nothing is under way; throws what the last commit threw. */
  settled(): Promise<void>;
  /** Outside any transaction, after all that was committed. */
  send(records: readonly BusRecord[]): Promise<void>;
  /** Waits a short time for a commit that is running, as the port says; its outcome is ignored. */
  close(): Promise<void>;
}

function createLaneWriter(
  writer: FencedWriter,
  publisher: BusPublisher,
  takeable: TakeableRecords,
): LaneWriter {
  // The outcome is kept as a value: the next page is read meanwhile, and nobody awaits the commit
  // yet.
  let underWay: Promise<{ readonly failure: unknown } | null> = Promise.resolve(null);

  async function settled(): Promise<void> {
    const outcome = await underWay;
    if (outcome !== null) throw outcome.failure;
  }

  return {
    settled,
    progress: () => writer.progress(),
    mark: async () => toMark({ progress: await writer.progress(), note: await writer.note() }),
    async commit(records, at) {
      await settled();
      underWay = writer.commit({ records: takeable.take(records), ...at }).then(
        () => null,
        (failure: unknown) => ({ failure }),
      );
    },
    async send(records) {
      await settled();
      await publisher.publish(records);
    },
    async close() {
      await Promise.allSettled([writer.close(), publisher.close()]);
    },
  };
}

/** Fences every older holder of the lane before it resolves. */
export async function openLaneWriter(
  { bus, lane }: RelayDeps,
  takeable: TakeableRecords,
): Promise<LaneWriter> {
  const writer = await bus.openFencedWriter(`relay-${lane}`);
  try {
    return createLaneWriter(writer, await bus.openPublisher(), takeable);
  } catch (error) {
    await writer.close().catch(() => undefined);
    throw error;
  }
}
