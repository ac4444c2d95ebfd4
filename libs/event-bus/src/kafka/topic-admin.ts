import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, ITopicConfig, ITopicMetadata } from 'kafkajs';
import type { PartitionId, TopicSpec } from '@tallystick/ports';
import { bounded, isPassing, toPortError } from './kafka-errors.ts';
import type { CreateKafkaClient } from './kafka-client.ts';
import type { TopicCatalog } from './topic-catalog.ts';

const HOUR_MS = 3_600_000;
const ADMIN_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2000;
const LEADER_WAIT_MS = 50;
const PASSING_WAIT_MS = 100;
const LEADER_TRIES = 200;
const MAX_REPLICAS = 3;

/** Where a group's or reader's partition begins and ends for readers of committed records. */
export interface Bounds extends PartitionId {
  readonly low: number;
  readonly high: number;
}

export interface CommittedOffset {
  readonly offset: number;
  readonly metadata: string;
}

/** What is asked of the cluster itself; every call has a connection of its own, for they are rare. */
export class TopicAdmin {
  readonly #clients: CreateKafkaClient;
  readonly #catalog: TopicCatalog;
  readonly #defaultPartitions: number;

  constructor(clients: CreateKafkaClient, catalog: TopicCatalog, defaultPartitions: number) {
    this.#clients = clients;
    this.#catalog = catalog;
    this.#defaultPartitions = defaultPartitions;
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#with('ensuring topics', async (admin) => {
      const existing = new Set(await admin.listTopics());
      const absent = specs.filter(({ name }) => !existing.has(this.#catalog.full(name)));
      if (absent.length > 0) {
        const { brokers } = await admin.describeCluster();
        const replicas = Math.min(MAX_REPLICAS, brokers.length);
        const topics = absent.map((spec) => this.#toConfig(spec, replicas));
        // Another process may create some of them at the same time: kafkajs then answers false.
        await admin.createTopics({ topics, waitForLeaders: true });
      }
      const found = await untilLed(
        admin,
        specs.map(({ name }) => this.#catalog.full(name)),
      );
      for (const { name, kept } of specs) {
        const partitions = found.get(this.#catalog.full(name))?.partitions.length ?? 0;
        this.#catalog.learn(name, partitions, kept.by === 'key');
      }
    });
  }

  async bounds(topics: readonly string[]): Promise<Bounds[]> {
    return this.#with('reading the ends of topics', async (admin) => {
      const found: Bounds[] = [];
      for (const topic of topics)
        for (const each of await admin.fetchTopicOffsets(this.#catalog.full(topic)))
          found.push({
            topic,
            partition: each.partition,
            low: Number(each.low),
            high: Number(each.high),
          });
      return found;
    });
  }

  /** The group's committed offset in partition 0 of a topic and what was written beside it; null if none. */
  async committedOffset(group: string, topic: string): Promise<CommittedOffset | null> {
    return this.#with('reading a committed offset', async (admin) => {
      const groupId = this.#catalog.full(group);
      const topics = [this.#catalog.full(topic)];
      const answers = await admin.fetchOffsets({ groupId, topics });
      const first = answers[0]?.partitions.find(({ partition }) => partition === 0);
      const offset = Number(first?.offset ?? -1);
      return offset < 0 ? null : { offset, metadata: first?.metadata ?? '' };
    });
  }

  async clusterId(): Promise<string> {
    return this.#with('asking for the cluster', async (admin) => {
      const { clusterId } = await admin.describeCluster();
      return clusterId;
    });
  }

  /** Deletes a group that has left nothing behind; one with members or committed offsets stays. */
  async deleteIdleGroup(group: string, topics: readonly string[]): Promise<void> {
    await this.#with('deleting a group', async (admin) => {
      const groupId = this.#catalog.full(group);
      const full = topics.map((topic) => this.#catalog.full(topic));
      const answers = await admin.fetchOffsets({ groupId, topics: full });
      const offsets = answers.flatMap(({ partitions }) => partitions.map(({ offset }) => offset));
      if (offsets.every((offset) => Number(offset) < 0)) await admin.deleteGroups([groupId]);
    });
  }

  #toConfig({ name, partitions, kept }: TopicSpec, replicas: number): ITopicConfig {
    return {
      topic: this.#catalog.full(name),
      numPartitions: partitions === 'default' ? this.#defaultPartitions : partitions,
      replicationFactor: replicas,
      configEntries: Object.entries({
        'min.insync.replicas': Math.max(1, replicas - 1),
        ...keptAs(kept),
      }).map(([key, value]) => ({ name: key, value: String(value) })),
    };
  }

  async #with<T>(doing: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    const client = this.#clients();
    const admin = client.kafka.admin();
    let late = false;
    const working = async (): Promise<T> => {
      await admin.connect();
      for (;;)
        try {
          return await work(admin);
        } catch (error) {
          if (late || !isPassing(error)) throw error;
          await delay(PASSING_WAIT_MS);
        }
    };
    try {
      return await bounded(working(), ADMIN_TIMEOUT_MS, doing);
    } catch (error) {
      throw toPortError(error, doing);
    } finally {
      late = true;
      await bounded(admin.disconnect(), CLOSE_TIMEOUT_MS, 'closing').catch(() => {});
      client.abandon();
    }
  }
}

/** A compacted topic is cleaned within half a day of a write, so that an overwritten secret does not stay for weeks. */
function keptAs(kept: TopicSpec['kept']): Record<string, string | number> {
  if (kept.by === 'key')
    return {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': 0.1,
      'segment.bytes': 64 * 1024 * 1024,
      'segment.ms': 6 * HOUR_MS,
      'max.compaction.lag.ms': 12 * HOUR_MS,
      'delete.retention.ms': 24 * HOUR_MS,
    };
  return {
    'cleanup.policy': 'delete',
    'retention.ms': kept.hours === null ? -1 : kept.hours * HOUR_MS,
    'retention.bytes': -1,
  };
}

/** A topic that was created a moment ago may be without leaders, or not known everywhere. */
async function untilLed(
  admin: Admin,
  topics: string[],
): Promise<ReadonlyMap<string, ITopicMetadata>> {
  for (let left = LEADER_TRIES; ; left -= 1) {
    try {
      const metadata = await admin.fetchTopicMetadata({ topics });
      const led = metadata.topics.filter(({ partitions }) =>
        partitions.every(({ leader }) => leader >= 0),
      );
      if (led.length === topics.length) return new Map(led.map((each) => [each.name, each]));
      if (left === 0) throw new Error('the topics have no leaders');
    } catch (error) {
      if (left === 0) throw error;
    }
    await delay(LEADER_WAIT_MS);
  }
}
