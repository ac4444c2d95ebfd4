import kafkajs, { type Producer, type Transaction } from 'kafkajs';
import { PortError, type Outage } from '@tallystick/kernel';
import {
  pause,
  type BusRecord,
  type FencedBatch,
  type FencedWriter,
  type WriterProgress,
} from '@tallystick/ports';
import type { CreateKafkaClient, KafkaClient } from './kafka-client.ts';
import { bounded, errorTypes, toPortError } from './kafka-errors.ts';
import { toOutgoing, toSends } from './record-codec.ts';
import type { TopicAdmin } from './topic-admin.ts';
import type { TopicCatalog } from './topic-catalog.ts';

/**
 * A topic without records, in whose partition 0 each writer's group keeps its progress as an
 * offset.
 */
export const PROGRESS_TOPIC = 'internal.progress.v1';

const TRANSACTION_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2000;
const BEGIN_TRIES = 240;
/**
 * The markers of a commit are written within some milliseconds; whoever asks again much later waits
 * for nothing.
 */
const BEGIN_PAUSE_MS = 5;
/**
 * A broker forgets the offsets of a group without members after 7 days (offsets.retention.minutes).
 */
const REFRESH_MS = 12 * 3_600_000;

export interface WriterParts {
  readonly id: string;
  readonly clients: CreateKafkaClient;
  readonly catalog: TopicCatalog;
  readonly admin: TopicAdmin;
  readonly sendTimeoutMs: number;
  readonly outage: Outage;
  readonly closed: () => void;
}

interface OffsetsOfGroup {
  readonly consumerGroupId: string;
  readonly topics: {
    topic: string;
    partitions: { partition: number; offset: string; metadata: string }[];
  }[];
}

/** One transactional id: the broker lets only the newest holder's transactions through. */
export class KafkaFencedWriter implements FencedWriter {
  readonly #parts: WriterParts;
  readonly #client: KafkaClient;
  readonly #producer: Producer;
  readonly #refreshing: NodeJS.Timeout;
  #last: Promise<unknown> = Promise.resolve();
  #ended: PortError | undefined;
  #progress: WriterProgress;

  private constructor(
    parts: WriterParts,
    client: KafkaClient,
    producer: Producer,
    progress: WriterProgress,
  ) {
    this.#parts = parts;
    this.#client = client;
    this.#producer = producer;
    this.#progress = progress;
    this.#refreshing = setInterval(() => this.#refresh(), REFRESH_MS).unref();
  }

  /**
   * kafkajs fences at the first transaction(): an empty one is begun and aborted before the
   * progress is read.
   */
  static async open(parts: WriterParts): Promise<KafkaFencedWriter> {
    const { id, clients, catalog, admin, sendTimeoutMs } = parts;
    const doing = `opening the writer ${id}`;
    const client = clients();
    const producer = client.kafka.producer({
      transactionalId: catalog.full(id),
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      // A commit whose markers are still being written refuses the next begin for some
      // milliseconds.
      retry: { initialRetryTime: BEGIN_PAUSE_MS, maxRetryTime: 500, retries: 12 },
    });
    const fencing = async (): Promise<void> => {
      await producer.connect();
      const empty = await producer.transaction();
      await empty.abort();
    };
    try {
      await bounded(fencing(), sendTimeoutMs * 2, doing);
      const found = await admin.committedOffset(progressGroup(id), PROGRESS_TOPIC);
      const progress = { progress: found?.offset ?? 0, note: found?.metadata ?? '' };
      return new KafkaFencedWriter(parts, client, producer, progress);
    } catch (error) {
      client.abandon();
      throw toPortError(error, doing);
    }
  }

  async progress(): Promise<number> {
    if (this.#ended !== undefined) throw this.#ended;
    return this.#progress.progress;
  }

  async note(): Promise<string> {
    if (this.#ended !== undefined) throw this.#ended;
    return this.#progress.note;
  }

  commit(batch: FencedBatch): Promise<void> {
    const committing = this.#last.then(() => this.#commit(batch));
    this.#last = committing.catch(() => {});
    return committing;
  }

  /** Waits a short time for a commit that is running, and not at all while the broker is away. */
  async close(): Promise<void> {
    const { id, outage, closed } = this.#parts;
    const withinMs = outage.told ? 0 : CLOSE_TIMEOUT_MS;
    await bounded(this.#last, withinMs, 'closing').catch(() => {});
    clearInterval(this.#refreshing);
    if (this.#ended?.code === 'closed') return;
    this.#ended = new PortError('closed', `the writer ${id} is closed`);
    closed();
    await bounded(this.#producer.disconnect(), withinMs, 'closing').catch(() => {});
    this.#client.abandon();
  }

  async #commit(batch: FencedBatch): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    const { id, catalog, sendTimeoutMs } = this.#parts;
    const records = [...batch.records, ...progressRecords(id, batch)];
    const outgoing = records.map((record) => toOutgoing(record, catalog));
    const doing = `committing as ${id}`;
    const writing = async (): Promise<void> => {
      const transaction = await this.#producer.transaction();
      for (const topicMessages of toSends(outgoing))
        await transaction.sendBatch({ topicMessages, acks: -1 });
      const offsets = this.#offsetsOf(batch);
      if (offsets !== null) await sendOffsets(transaction, offsets);
      await transaction.commit();
    };
    try {
      await bounded(writing(), sendTimeoutMs, doing);
      if (batch.progress !== undefined)
        this.#progress = { progress: batch.progress, note: batch.note ?? '' };
    } catch (error) {
      throw this.#end(toPortError(error, doing));
    }
  }

  /**
   * Its outcome may be unknown, and kafkajs cannot take a failed transaction up again: this writer
   * has ended.
   */
  #end(error: PortError): PortError {
    clearInterval(this.#refreshing);
    this.#client.abandon();
    const { code } = error;
    this.#ended =
      code === 'fenced' || code === 'timeout' || code === 'unacceptable'
        ? error
        : new PortError('unavailable', error.message, { cause: error });
    return this.#ended;
  }

  /**
   * The note goes where Kafka keeps a text beside each committed offset (at most 4,096 bytes).
   * Null: the batch moves no progress.
   */
  #offsetsOf({ progress, note = '' }: FencedBatch): OffsetsOfGroup | null {
    if (progress === undefined) return null;
    const { id, catalog } = this.#parts;
    const partitions = [{ partition: 0, offset: String(progress), metadata: note }];
    return {
      consumerGroupId: catalog.full(progressGroup(id)),
      topics: [{ topic: catalog.full(PROGRESS_TOPIC), partitions }],
    };
  }

  #refresh(): void {
    if (this.#progress.progress > 0)
      this.commit({ records: [], ...this.#progress }).catch(() => {});
  }
}

/**
 * A progress that is more than a number, for whoever reads the topic, newest by writer; the writer
 * itself goes by the group's offset.
 */
function progressRecords(id: string, { progress, note = '' }: FencedBatch): readonly BusRecord[] {
  if (progress === undefined || note === '') return [];
  const value = JSON.stringify({ progress, note });
  return [{ topic: PROGRESS_TOPIC, key: id, value, headers: {} }];
}

export function progressGroup(id: string): string {
  return `progress-${id}`;
}

/**
 * As the first act of a transaction this meets the last one's markers, and kafkajs does not try it
 * again itself.
 */
async function sendOffsets(transaction: Transaction, offsets: OffsetsOfGroup): Promise<void> {
  for (let left = BEGIN_TRIES; ; left -= 1)
    try {
      return await transaction.sendOffsets(offsets);
    } catch (error) {
      if (left === 0 || !errorTypes(error).includes('CONCURRENT_TRANSACTIONS')) throw error;
      await pause(BEGIN_PAUSE_MS);
    }
}
