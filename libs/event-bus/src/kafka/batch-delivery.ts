import type { Batch, EachBatchPayload } from 'kafkajs';
import { levelOf } from '@tallystick/kernel';
import {
  pause,
  type BusBatch,
  type DeliveredRecord,
  type PartitionId,
  type SubscribeOptions,
} from '@tallystick/ports';
import type { BusLog } from '../bus-log.ts';
import type { GroupMembership } from './group-membership.ts';
import type { PartitionPositions } from './partition-positions.ts';
import { toDelivered } from './record-codec.ts';
import type { TopicCatalog } from './topic-catalog.ts';

export interface DeliveryParts {
  readonly options: SubscribeOptions;
  readonly catalog: TopicCatalog;
  readonly log: BusLog;
  readonly retryPauseMs: number;
  readonly positions: PartitionPositions;
  readonly membership: GroupMembership;
  readonly signal: AbortSignal;
}

/** Hands batches to the reader. A batch that is left unresolved is fetched again. */
export class BatchDelivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  async deliver(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset } = payload;
    const { catalog, positions } = this.#parts;
    const id = { topic: catalog.short(batch.topic), partition: batch.partition };
    if (!this.#mayDeliver(id, payload)) return;
    const records = this.#expected(id, batch);
    const last = records.at(-1);
    if (last !== undefined) {
      if (!(await this.#handOver(id, records, payload))) return;
      positions.set(id, last.offset + 1);
    }
    const read = batch.messages.at(-1);
    if (read !== undefined) resolveOffset(read.offset);
  }

  #mayDeliver(id: PartitionId, { isRunning, isStale }: EachBatchPayload): boolean {
    const { signal, membership } = this.#parts;
    return !signal.aborted && isRunning() && !isStale() && membership.delivers(id);
  }

  /** Without what lies before the position: of a fetch that was under way when it was set. */
  #expected(id: PartitionId, batch: Batch): DeliveredRecord[] {
    const { options, positions } = this.#parts;
    const records = batch.messages.map((each) => toDelivered(id.topic, id.partition, each));
    const next = options.from === 'committed' ? undefined : positions.get(id);
    // A log that ends before the position is another log: the topic was created again, and is read
    // from its start.
    if (next === undefined || Number(batch.highWatermark) < next) return records;
    const first = records[0];
    if (first === undefined || first.offset >= next) return records;
    return records.filter(({ offset }) => offset >= next);
  }

  /** Until the reader accepts it (true), or it is no longer this member's to give (false). */
  async #handOver(
    id: PartitionId,
    records: readonly DeliveredRecord[],
    payload: EachBatchPayload,
  ): Promise<boolean> {
    const { options, membership, retryPauseMs, signal, log } = this.#parts;
    const heartbeat = async (): Promise<void> => {
      // While partitions are assigned again, the group waits for this member: it finishes the batch
      // and starts no other.
      await payload.heartbeat().catch(() => membership.leaveForRebalance());
    };
    const batch: BusBatch = { ...id, records, heartbeat };
    for (let tries = 0; ; tries += 1) {
      try {
        await options.onBatch(batch);
        return true;
      } catch (error) {
        log(levelOf(error, tries), 'a batch was not accepted and comes again', {
          group: options.group,
          topic: id.topic,
          partition: id.partition,
          error: error instanceof Error ? error.message : String(error),
        });
      }
      await pause(retryPauseMs, signal);
      await heartbeat();
      if (!this.#mayDeliver(id, payload)) return false;
    }
  }
}
