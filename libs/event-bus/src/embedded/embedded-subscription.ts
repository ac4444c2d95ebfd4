import {
  pause,
  type BusBatch,
  type BusRecord,
  type BusSubscription,
  type DeliveredRecord,
  type PartitionId,
  type SubscribeOptions,
} from '@tallystick/ports';
import type { CommitQueue } from './commit-queue.ts';
import type { LogDatabase } from './log-database.ts';
import { TransientQueue } from './transient-queue.ts';

const BATCH_LIMIT = 500;

export interface SubscriptionParts {
  readonly db: LogDatabase;
  readonly queue: CommitQueue;
  readonly options: SubscribeOptions;
  readonly retryPauseMs: number;
  /** `tries`: how often the same has failed before. */
  readonly failed: (error: unknown, tries: number) => void;
  readonly ended: (subscription: EmbeddedSubscription) => void;
}

interface Position {
  readonly topic: string;
  readonly transients: TransientQueue;
  next: number;
  paused: boolean;
}

/**
 * A cursor per topic. Sleeps until it is woken; a reader that stands by (its group has another) is
 * woken by `lead`.
 */
export class EmbeddedSubscription implements BusSubscription {
  readonly ready: Promise<void>;
  readonly group: string;
  readonly #parts: SubscriptionParts;
  readonly #positions: ReadonlyMap<string, Position>;
  readonly #began = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #leads: boolean;
  #woken = Promise.withResolvers<void>();

  constructor(parts: SubscriptionParts, leads: boolean) {
    this.#parts = parts;
    this.#leads = leads;
    this.group = parts.options.group;
    this.ready = this.#began.promise;
    this.#positions = new Map(
      parts.options.topics.map((topic) => [
        topic,
        { topic, transients: new TransientQueue(), next: 0, paused: false },
      ]),
    );
    this.#running = this.#run();
  }

  pause(partitions: readonly PartitionId[]): void {
    this.#setPaused(partitions, true);
  }

  resume(partitions: readonly PartitionId[]): void {
    this.#setPaused(partitions, false);
    this.wake();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#running;
  }

  wake(): void {
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  /** The group's partitions are now this member's. */
  lead(): void {
    this.#leads = true;
    this.wake();
  }

  offerTransient(record: BusRecord, lastOffset: number, at: number): void {
    this.#positions.get(record.topic)?.transients.push(record, lastOffset, at);
  }

  #setPaused(partitions: readonly PartitionId[], paused: boolean): void {
    for (const { topic } of partitions) {
      const position = this.#positions.get(topic);
      if (position !== undefined) position.paused = paused;
    }
  }

  get #closed(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#closed && !this.#leads) {
        this.#began.resolve();
        await this.#woken.promise;
      }
      await this.#retried(() => this.#start());
      this.#began.resolve();
      while (!this.#closed) await this.#deliverNext();
    } finally {
      this.#began.resolve();
      this.#parts.ended(this);
    }
  }

  async #start(): Promise<void> {
    const { db, options } = this.#parts;
    const gained: PartitionId[] = [];
    for (const position of this.#positions.values()) {
      const { topic } = position;
      gained.push({ topic, partition: 0 });
      if (options.from === 'latest') position.next = db.topic(topic).nextOffset;
      if (options.from === 'committed') this.#startAt(topic, db.cursor(options.group, topic) ?? 0);
    }
    if (options.from !== 'own') return;
    const starts = (await options.onAssigned?.(gained, this)) ?? [];
    for (const { topic, offset } of starts) this.#startAt(topic, offset);
  }

  /**
   * An offset beyond the log's end belongs to a log that was deleted: such a reader starts from the
   * beginning, as with Kafka.
   */
  #startAt(topic: string, offset: number): void {
    const position = this.#positions.get(topic);
    if (position === undefined) return;
    position.next = offset > this.#parts.db.topic(topic).nextOffset ? 0 : offset;
  }

  async #deliverNext(): Promise<void> {
    const woken = this.#woken.promise;
    let idle = true;
    for (const position of this.#positions.values()) {
      if (this.#closed) return;
      if (position.paused) continue;
      const durable = this.#parts.db.topic(position.topic).read(position.next, BATCH_LIMIT);
      const records = position.transients.merge(durable, durable.length === BATCH_LIMIT);
      if (records.length === 0) continue;
      idle = false;
      await this.#deliver(position, records, durable.at(-1));
    }
    if (idle && !this.#closed) await woken;
  }

  async #deliver(
    position: Position,
    records: readonly DeliveredRecord[],
    last: DeliveredRecord | undefined,
  ): Promise<void> {
    const { options, queue, db } = this.#parts;
    const { topic } = position;
    const batch: BusBatch = { topic, partition: 0, records, heartbeat: async () => {} };
    const done = await this.#retried(() => options.onBatch(batch));
    if (!done || last === undefined) return;
    position.next = last.offset + 1;
    if (options.from !== 'committed') return;
    await this.#retried(() => queue.run(() => db.setCursor(options.group, topic, last.offset + 1)));
  }

  /** Tries until the work succeeds (true) or the subscription is closed (false). */
  async #retried(work: () => Promise<void>): Promise<boolean> {
    const { signal } = this.#stop;
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        await work();
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        this.#parts.failed(error, tries);
        await pause(this.#parts.retryPauseMs, signal);
      }
    }
    return false;
  }
}
