import kafkajs, { type Cluster, type Consumer, type EachBatchPayload } from 'kafkajs';
import type { PartitionId, SubscribeOptions } from '@tallystick/ports';
import { coPartitionAssigner } from './co-partition-assigner.ts';
import type { CreateKafkaClient, KafkaClient } from './kafka-client.ts';
import { bounded } from './kafka-errors.ts';
import type { TopicCatalog } from './topic-catalog.ts';

/**
 * How long an idle fetch stays at the broker. Data ends it at once; only a pause, a seek or a close
 * waits for it.
 */
const MAX_WAIT_MS = 500;
const REBALANCE_TIMEOUT_MS = 30_000;
const DEFAULT_SESSION_MS = 10_000;
const METADATA_MAX_AGE_MS = 60_000;
/** A batch in the reader's hands may end, but no stop waits long for one. */
const CLOSE_TIMEOUT_MS = 4_000;
const LEAVE_TIMEOUT_MS = 5000;
const WATCH_EVERY_MS = 10_000;
const SILENT_MS = 75_000;

export interface Joined {
  readonly memberId: string;
  readonly assigned: readonly PartitionId[];
}

export interface SessionParts {
  readonly clients: CreateKafkaClient;
  readonly catalog: TopicCatalog;
  readonly options: SubscribeOptions;
  /** The member that the session before this one was, if it did not take its leave. */
  readonly predecessor: string;
  /** Waited for before the group is joined; never rejects. */
  readonly prepared: Promise<void>;
  /** Called at once, before anything is fetched: what is paused here is not fetched. */
  readonly joined: (session: ConsumerSession, joined: Joined) => void;
  readonly eachBatch: (payload: EachBatchPayload) => Promise<void>;
}

/** What kafkajs has and its types do not tell. */
interface Coordinator {
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
}

/**
 * One kafkajs consumer, from its start to its crash. It is never restarted by kafkajs: a new
 * session has new connections.
 */
export class ConsumerSession {
  /** Resolves with what ended it. */
  readonly ended: Promise<unknown>;
  readonly #parts: SessionParts;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #ending = Promise.withResolvers<unknown>();
  readonly #watching: NodeJS.Timeout;
  #cluster: Cluster | undefined;
  #lastSign = performance.now();
  #handling = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.ended = this.#ending.promise;
    this.#client = parts.clients();
    this.#consumer = this.#createConsumer();
    this.#watching = setInterval(() => this.#watch(), WATCH_EVERY_MS).unref();
    this.#listen();
    this.#run().catch((error: unknown) => this.#ending.resolve(error));
  }

  pause(partitions: readonly PartitionId[]): void {
    if (partitions.length > 0)
      this.#unlessEnded(() => this.#consumer.pause(this.#full(partitions)));
  }

  resume(partitions: readonly PartitionId[]): void {
    if (partitions.length > 0)
      this.#unlessEnded(() => this.#consumer.resume(this.#full(partitions)));
  }

  seek({ topic, partition }: PartitionId, offset: number): void {
    this.#unlessEnded(() =>
      this.#consumer.seek({
        topic: this.#parts.catalog.full(topic),
        partition,
        offset: String(offset),
      }),
    );
  }

  /** `atOnce`: the broker is away, and nobody is there to take leave of. */
  async close(atOnce = false): Promise<void> {
    clearInterval(this.#watching);
    const withinMs = atOnce ? 0 : CLOSE_TIMEOUT_MS;
    await bounded(this.#consumer.disconnect(), withinMs, 'closing').catch(() => {});
    this.#client.abandon();
    this.#ending.resolve(undefined);
  }

  #listen(): void {
    const { events } = this.#consumer;
    const { catalog, joined } = this.#parts;
    const sign = (): void => {
      this.#lastSign = performance.now();
    };
    this.#consumer.on(events.FETCH, sign);
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      sign();
      const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic: catalog.short(topic), partition })),
      );
      joined(this, { memberId: payload.memberId, assigned });
    });
    this.#consumer.on(events.CRASH, ({ payload }) => this.#ending.resolve(payload.error));
  }

  async #run(): Promise<void> {
    const { options, catalog } = this.#parts;
    await this.#consumer.connect();
    const topics = options.topics.map((topic) => catalog.full(topic));
    await this.#consumer.subscribe({ topics, fromBeginning: true });
    await this.#leaveForPredecessor().catch(() => {});
    await this.#parts.prepared;
    await this.#consumer.run({
      autoCommit: options.from === 'committed',
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: options.concurrentPartitions ?? 1,
      eachBatch: async (payload) => {
        this.#handling += 1;
        try {
          await this.#parts.eachBatch(payload);
        } finally {
          this.#handling -= 1;
          this.#lastSign = performance.now();
        }
      },
    });
  }

  /**
   * kafkajs has been seen to stop fetching without a word: such a session is ended, and the next
   * one goes on.
   */
  #watch(): void {
    if (this.#handling > 0 || performance.now() - this.#lastSign < SILENT_MS) return;
    this.#ending.resolve(new Error('the consumer has fallen silent'));
  }

  #full(partitions: readonly PartitionId[]): { topic: string; partitions: number[] }[] {
    return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
      topic: this.#parts.catalog.full(topic),
      partitions: ofTopic.map(({ partition }) => partition),
    }));
  }

  /**
   * kafkajs throws when the consumer is not running any more; the next session starts from the
   * positions.
   */
  #unlessEnded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#ending.resolve(error);
    }
  }

  /**
   * A lost connection could not say goodbye, and the group would wait for that member until its
   * session has timed out.
   */
  async #leaveForPredecessor(): Promise<void> {
    const { catalog, options, predecessor: memberId } = this.#parts;
    const cluster = this.#cluster;
    if (memberId === '' || cluster === undefined) return;
    const groupId = catalog.full(options.group);
    const leaving = async (): Promise<void> => {
      const broker: unknown = await cluster.findGroupCoordinator({ groupId });
      await (broker as Coordinator).leaveGroup({ groupId, memberId });
    };
    await bounded(leaving(), LEAVE_TIMEOUT_MS, 'leaving');
  }

  #createConsumer(): Consumer {
    const { catalog, options } = this.#parts;
    const { sessionTimeoutMs: sessionTimeout = DEFAULT_SESSION_MS } = options;
    const assigner =
      options.coPartitioned === true ? coPartitionAssigner : kafkajs.PartitionAssigners.roundRobin;
    return this.#client.kafka.consumer({
      groupId: catalog.full(options.group),
      sessionTimeout,
      rebalanceTimeout: Math.max(sessionTimeout, REBALANCE_TIMEOUT_MS),
      heartbeatInterval: Math.floor(Math.min(3000, sessionTimeout / 4)),
      maxWaitTimeInMs: MAX_WAIT_MS,
      minBytes: 1,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      readUncommitted: false,
      retry: {
        initialRetryTime: 50,
        maxRetryTime: 1000,
        retries: 5,
        restartOnFailure: async () => false,
      },
      partitionAssigners: [
        (config) => {
          this.#cluster = config.cluster;
          return assigner(config);
        },
      ],
    });
  }
}
