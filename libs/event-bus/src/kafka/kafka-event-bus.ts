import { isPortError, Outage, PortError } from '@tallystick/kernel';
import type {
  BusPublisher,
  BusSubscription,
  EventBus,
  FencedWriter,
  SubscribeOptions,
  TopicSpec,
  WriterProgress,
} from '@tallystick/ports';
import { ClockError } from './clock-error.ts';
import { type CreateKafkaClient, kafkaClients } from './kafka-client.ts';
import { KafkaFencedWriter, PROGRESS_TOPIC, progressGroup } from './kafka-fenced-writer.ts';
import { KafkaPublisher } from './kafka-publisher.ts';
import { type KafkaBusSettings, RETRY_PAUSE_MS, SEND_TIMEOUT_MS } from './kafka-settings.ts';
import { KafkaSubscription } from './kafka-subscription.ts';
import { TopicAdmin } from './topic-admin.ts';
import { TopicCatalog } from './topic-catalog.ts';

const PROGRESS: TopicSpec = {
  name: PROGRESS_TOPIC,
  partitions: 1,
  kept: { by: 'key', formerlyForEver: true },
};

/** Who asks for topics, for the outage's sake. */
const TOPICS = 'topics';

export function createKafkaEventBus(settings: KafkaBusSettings): EventBus {
  return new KafkaEventBus(settings);
}

interface Closable {
  close(): Promise<void>;
}

class KafkaEventBus implements EventBus {
  readonly #settings: KafkaBusSettings;
  readonly #clients: CreateKafkaClient;
  readonly #catalog: TopicCatalog;
  readonly #admin: TopicAdmin;
  readonly #outage: Outage;
  readonly #clockError: ClockError;
  readonly #open = new Set<Closable>();
  #publishers = 0;
  #progressTopic: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: KafkaBusSettings) {
    const { log } = settings;
    this.#settings = settings;
    this.#outage = new Outage({
      away: (error) => log('warn', 'Kafka is away', { error }),
      back: (awayMs) => log('warn', 'Kafka is back', { awayMs }),
    });
    this.#clockError = new ClockError(log);
    this.#clients = kafkaClients(settings);
    this.#catalog = new TopicCatalog(settings.prefix);
    this.#admin = new TopicAdmin(this.#clients, this.#catalog, settings);
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#mustBeOpen();
    const began = performance.now();
    try {
      await this.#admin.ensureTopics(specs);
      this.#outage.succeeded(TOPICS);
    } catch (error) {
      const lastedMs = performance.now() - began;
      if (isPortError(error) && error.retriable)
        this.#outage.failed(TOPICS, error.message, lastedMs);
      throw error;
    }
  }

  assumeTopics(specs: readonly TopicSpec[]): void {
    for (const { name, partitions, kept } of specs) {
      const count = partitions === 'default' ? this.#settings.partitions : partitions;
      if (!this.#catalog.knows(name)) this.#catalog.learn(name, count, kept.by === 'key');
    }
  }

  partitions(topic: string): number {
    return this.#catalog.get(topic).partitions;
  }

  async openPublisher(): Promise<BusPublisher> {
    this.#mustBeOpen();
    const publisher: KafkaPublisher = new KafkaPublisher({
      ...this.#parts(),
      name: `publisher ${(this.#publishers += 1)}`,
      closed: () => this.#open.delete(publisher),
    });
    this.#open.add(publisher);
    return publisher;
  }

  async openFencedWriter(id: string): Promise<FencedWriter> {
    this.#mustBeOpen();
    await this.#ensureProgressTopic();
    const writer: KafkaFencedWriter = await KafkaFencedWriter.open({
      ...{ ...this.#parts(), id, admin: this.#admin },
      closed: () => this.#open.delete(writer),
    });
    this.#open.add(writer);
    return writer;
  }

  async progressOf(id: string): Promise<WriterProgress | null> {
    this.#mustBeOpen();
    await this.#ensureProgressTopic();
    const found = await this.#admin.committedOffset(progressGroup(id), PROGRESS_TOPIC);
    return found === null ? null : { progress: found.offset, note: found.metadata };
  }

  async identity(): Promise<string> {
    this.#mustBeOpen();
    return `kafka/${await this.#admin.clusterId()}/${this.#settings.prefix}`;
  }

  clockErrorMs(): number | null {
    return this.#clockError.ms({ wallMs: Date.now(), monotonicMs: performance.now() });
  }

  timeAt(monotonicMs: number): number | null {
    return this.#clockError.timeAt(monotonicMs);
  }

  async subscribe(options: SubscribeOptions): Promise<BusSubscription> {
    this.#mustBeOpen();
    for (const topic of options.topics) this.#catalog.get(topic);
    const subscription: KafkaSubscription = new KafkaSubscription({
      ...{ ...this.#parts(), options, admin: this.#admin, log: this.#settings.log },
      retryPauseMs: this.#settings.retryPauseMs ?? RETRY_PAUSE_MS,
      closed: () => this.#open.delete(subscription),
    });
    this.#open.add(subscription);
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#open].map((each) => each.close())).then(() => {});
    return this.#closing;
  }

  #parts() {
    return {
      clients: this.#clients,
      catalog: this.#catalog,
      outage: this.#outage,
      clockError: this.#clockError,
      sendTimeoutMs: this.#settings.sendTimeoutMs ?? SEND_TIMEOUT_MS,
    };
  }

  #ensureProgressTopic(): Promise<void> {
    this.#progressTopic ??= this.#admin.ensureTopics([PROGRESS]).catch((error: unknown) => {
      this.#progressTopic = undefined;
      throw error;
    });
    return this.#progressTopic;
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new PortError('closed', 'the bus is closed');
  }
}
