import kafkajs, { type Admin, type ITopicMetadata } from 'kafkajs';
import { isPortError, PortError } from '@tallystick/kernel';
import { pause, type PartitionId, type TopicSpec } from '@tallystick/ports';
import { bounded, isPassing, toPortError } from './kafka-errors.ts';
import type { CreateKafkaClient } from './kafka-client.ts';
import type { KafkaBusSettings } from './kafka-settings.ts';
import type { TopicCatalog } from './topic-catalog.ts';
import {
  adjustmentsOf,
  configOf,
  findDifferences,
  findUnfit,
  type Difference,
  type WantedTopic,
} from './topic-check.ts';

type TopicSettings = Pick<KafkaBusSettings, 'partitions' | 'replication' | 'minInsync' | 'log'>;

const ADMIN_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2000;
const LEADER_WAIT_MS = 50;
const PASSING_WAIT_MS = 100;
const LEADER_TRIES = 200;
/** Told once. */
const FEW_BROKERS = '/';

/** Where a group's or reader's partition begins and ends for readers of committed records. */
export interface Bounds extends PartitionId {
  readonly low: number;
  readonly high: number;
}

export interface CommittedOffset {
  readonly offset: number;
  readonly metadata: string;
}

/**
 * Requests to the cluster itself. Every call opens a connection of its own, because calls are rare.
 */
export class TopicAdmin {
  readonly #clients: CreateKafkaClient;
  readonly #catalog: TopicCatalog;
  readonly #settings: TopicSettings;
  /** Topics whose differences were told. */
  readonly #told = new Set<string>();

  constructor(clients: CreateKafkaClient, catalog: TopicCatalog, settings: TopicSettings) {
    this.#clients = clients;
    this.#catalog = catalog;
    this.#settings = settings;
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#with('ensuring topics', async (admin) => {
      const wanted = await this.#wantedOf(admin, specs);
      const existing = new Set(await admin.listTopics());
      const absent = wanted.filter(({ fullName }) => !existing.has(fullName));
      if (absent.length > 0) await this.#create(admin, absent);
      const found = await untilLed(
        admin,
        wanted.map(({ fullName }) => fullName),
      );
      // All of them: another process, or the broker itself, may have made one meanwhile.
      await this.#compare(admin, wanted, found);
      for (const { spec, fullName } of wanted) {
        const partitions = found.get(fullName)?.partitions.length ?? 0;
        this.#catalog.learn(spec.name, partitions, spec.kept.by === 'key');
      }
    });
  }

  async #wantedOf(admin: Admin, specs: readonly TopicSpec[]): Promise<readonly WantedTopic[]> {
    const { replication, minInsync, partitions } = this.#settings;
    const { brokers } = await admin.describeCluster();
    // While its controllers move, a cluster may name none of its brokers for a moment.
    if (brokers.length === 0) throw new PortError('unavailable', 'the cluster names no broker');
    const copies = Math.min(replication, brokers.length);
    return specs.map((spec) => ({
      spec,
      fullName: this.#catalog.full(spec.name),
      partitions: spec.partitions === 'default' ? partitions : spec.partitions,
      replication: copies,
      minInsync: Math.min(minInsync, copies),
    }));
  }

  async #create(admin: Admin, absent: readonly WantedTopic[]): Promise<void> {
    const { replication, log } = this.#settings;
    const copies = absent[0]?.replication ?? replication;
    if (copies < replication && !this.#told.has(FEW_BROKERS))
      log('warn', `topics are made with fewer copies: there are only ${copies} brokers`, {
        setting: 'TALLYSTICK_KAFKA_REPLICATION',
        ...{ wanted: replication, made: copies },
      });
    this.#told.add(FEW_BROKERS);
    const topics = absent.map((one) => ({
      topic: one.fullName,
      numPartitions: one.partitions,
      replicationFactor: one.replication,
      configEntries: Object.entries(configOf(one)).map(([name, value]) => ({ name, value })),
    }));
    // Another process may create some of them at the same time: kafkajs then answers false.
    await admin.createTopics({ topics, waitForLeaders: true });
  }

  /**
   * Throws `misconfigured` for a topic that cannot be used; smaller differences are logged once.
   */
  async #compare(
    admin: Admin,
    wanted: readonly WantedTopic[],
    led: ReadonlyMap<string, ITopicMetadata>,
  ): Promise<void> {
    const configs = await readConfigs(
      admin,
      wanted.map(({ fullName }) => fullName),
    );
    for (const one of wanted) {
      const partitions = led.get(one.fullName)?.partitions ?? [];
      const replication = Math.min(...partitions.map(({ replicas }) => replicas.length));
      const config = configs.get(one.fullName)?.all ?? new Map<string, string>();
      const found = { partitions: partitions.length, replication, config };
      const unfit = findUnfit(one, found);
      if (unfit !== null) throw new PortError('misconfigured', unfit);
      const adjusted = await this.#adjust(
        admin,
        one.fullName,
        configs.get(one.fullName)?.own ?? new Map<string, string>(),
        adjustmentsOf(one, found),
      );
      if (!adjusted) this.#tell(one.fullName, findDifferences(one, found));
    }
  }

  /**
   * Kafka replaces all of a topic's own settings at once, so they are all said again. False:
   * nothing was changed, for want of need or of rights.
   */
  async #adjust(
    admin: Admin,
    fullName: string,
    own: ReadonlyMap<string, string>,
    adjustments: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    if (Object.keys(adjustments).length === 0) return false;
    const entries = new Map([...own, ...Object.entries(adjustments)]);
    const configEntries = [...entries].map(([name, value]) => ({ name, value }));
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: fullName, configEntries };
    try {
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
      return true;
    } catch (error) {
      this.#settings.log('debug', 'the topic cannot be changed', { error: String(error) });
      return false;
    }
  }

  #tell(topic: string, differences: readonly Difference[]): void {
    if (differences.length === 0 || this.#told.has(topic)) return;
    this.#told.add(topic);
    const said = differences.map(({ name, found, wanted }) => `${name}=${found}, not ${wanted}`);
    this.#settings.log('warn', 'a topic is otherwise than it would be made', {
      topic,
      differs: said.join('; '),
    });
  }

  async bounds(topics: readonly string[]): Promise<Bounds[]> {
    return this.#with('reading the ends of topics', async (admin) => {
      const ofTopic = async (topic: string): Promise<Bounds[]> => {
        const ends = await admin.fetchTopicOffsets(this.#catalog.full(topic));
        return ends.map(({ partition, low, high }) => ({
          ...{ topic, partition },
          ...{ low: Number(low), high: Number(high) },
        }));
      };
      return (await Promise.all(topics.map(ofTopic))).flat();
    });
  }

  /**
   * The group's committed offset in partition 0 of a topic and what was written beside it; null if
   * none.
   */
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
          const passing = isPassing(error) || isPortError(error, 'unavailable');
          if (late || !passing) throw error;
          await pause(PASSING_WAIT_MS);
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

interface TopicConfigs {
  readonly all: ReadonlyMap<string, string>;
  /** Those that were set for this topic, and not for the broker. */
  readonly own: ReadonlyMap<string, string>;
}

/** In Kafka's DescribeConfigs: the value is set for the topic itself. */
const SET_FOR_TOPIC = 1;

async function readConfigs(
  admin: Admin,
  names: readonly string[],
): Promise<ReadonlyMap<string, TopicConfigs>> {
  const resources = names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name }));
  const answer = await admin.describeConfigs({ includeSynonyms: false, resources });
  return new Map(
    answer.resources.map(({ resourceName, configEntries }) => {
      const own = configEntries.filter(
        ({ configSource }) => Number(configSource) === SET_FOR_TOPIC,
      );
      const toMap = (entries: typeof configEntries): ReadonlyMap<string, string> =>
        new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
      return [resourceName, { all: toMap(configEntries), own: toMap(own) }];
    }),
  );
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
    await pause(LEADER_WAIT_MS);
  }
}
