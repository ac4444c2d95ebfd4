import { PortError } from '@tallystick/kernel';
import type {
  BusPublisher,
  BusRecord,
  BusSubscription,
  EventBus,
  FencedBatch,
  FencedWriter,
  SubscribeOptions,
  TopicSpec,
  WriterProgress,
} from '@tallystick/ports';
import { InMemoryBusLog } from './in-memory-log.ts';
import { InMemorySubscription } from './in-memory-subscription.ts';

export interface InMemoryEventBusOptions {
  /** Partitions of topics that ask for the default number. Default 1. */
  readonly partitions?: number;
  /** The log of an earlier bus, to play a restart. */
  readonly log?: InMemoryBusLog;
}

/** One process, nothing on disk; a group's partitions all belong to its first member. */
export function createInMemoryEventBus(options: InMemoryEventBusOptions = {}): EventBus {
  return new InMemoryEventBus(options.log ?? new InMemoryBusLog(), options.partitions ?? 1);
}

function closed(what: string): PortError {
  return new PortError('closed', `${what} is closed`);
}

class InMemoryEventBus implements EventBus {
  readonly #log: InMemoryBusLog;
  readonly #defaultPartitions: number;
  readonly #subscriptions = new Set<BusSubscription>();
  #closed = false;

  constructor(log: InMemoryBusLog, defaultPartitions: number) {
    this.#log = log;
    this.#defaultPartitions = defaultPartitions;
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    for (const spec of specs) this.#log.ensure(spec, this.#defaultPartitions);
  }

  assumeTopics(): void {
    // It is never away.
  }

  partitions(topic: string): number {
    return this.#log.partitions(topic);
  }

  async openPublisher(): Promise<BusPublisher> {
    this.#mustBeOpen();
    let open = true;
    return {
      publish: async (records: readonly BusRecord[]) => {
        if (!open || this.#closed) throw closed('the publisher');
        this.#log.append(records);
      },
      close: async () => {
        open = false;
      },
    };
  }

  async openFencedWriter(id: string): Promise<FencedWriter> {
    this.#mustBeOpen();
    return new InMemoryFencedWriter(this.#log, id, () => this.#closed);
  }

  async subscribe(options: SubscribeOptions): Promise<BusSubscription> {
    this.#mustBeOpen();
    for (const topic of options.topics) this.#log.partitions(topic);
    const subscription = new InMemorySubscription(this.#log, options);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async progressOf(id: string): Promise<WriterProgress | null> {
    this.#mustBeOpen();
    const held = this.#log.writers.get(id);
    const some = held !== undefined && (held.progress > 0 || held.note !== '');
    return some ? { progress: held.progress, note: held.note } : null;
  }

  clockErrorMs(): number {
    return 0;
  }

  timeAt(): null {
    return null;
  }

  async identity(): Promise<string> {
    this.#mustBeOpen();
    return this.#log.identity;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
  }

  #mustBeOpen(): void {
    if (this.#closed) throw closed('the bus');
  }
}

class InMemoryFencedWriter implements FencedWriter {
  readonly #log: InMemoryBusLog;
  readonly #id: string;
  readonly #epoch: number;
  readonly #busClosed: () => boolean;
  #closed = false;

  constructor(log: InMemoryBusLog, id: string, busClosed: () => boolean) {
    const held = log.writers.get(id) ?? { epoch: 0, progress: 0, note: '' };
    this.#log = log;
    this.#id = id;
    this.#epoch = held.epoch + 1;
    this.#busClosed = busClosed;
    log.writers.set(id, { ...held, epoch: this.#epoch });
  }

  async progress(): Promise<number> {
    return this.#log.writers.get(this.#id)?.progress ?? 0;
  }

  async note(): Promise<string> {
    return this.#log.writers.get(this.#id)?.note ?? '';
  }

  async commit(batch: FencedBatch): Promise<void> {
    if (this.#closed || this.#busClosed()) throw closed('the writer');
    const held = this.#log.writers.get(this.#id);
    if (held?.epoch !== this.#epoch)
      throw new PortError('fenced', `a newer holder has opened ${this.#id}`);
    this.#log.append(batch.records);
    if (batch.progress === undefined) return;
    held.progress = batch.progress;
    held.note = batch.note ?? '';
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}
