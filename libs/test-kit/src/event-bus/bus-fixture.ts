import type {
  BusRecord,
  BusSubscription,
  EventBus,
  SubscribeOptions,
  TopicSpec,
} from '@tallystick/ports';
import { BatchRecorder } from './batch-recorder.ts';
import type { EventBusHarness } from './event-bus-harness.ts';

const utf8 = new TextEncoder();

export interface Reading {
  readonly seen: BatchRecorder;
  readonly subscription: BusSubscription;
}

export type ReadingOptions = Omit<Partial<SubscribeOptions>, 'onBatch'> &
  Pick<SubscribeOptions, 'topics'>;

/**
 * What the conformance specs are written with: names of their own, and everything they open is
 * closed after each.
 */
export class BusFixture {
  readonly #start: () => Promise<EventBusHarness>;
  readonly #open: EventBus[] = [];
  #harness: EventBusHarness | undefined;
  #names = 0;

  constructor(start: () => Promise<EventBusHarness>) {
    this.#start = start;
  }

  async begin(): Promise<void> {
    this.#harness = await this.#start();
  }

  async afterEach(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((bus) => bus.close()));
  }

  async end(): Promise<void> {
    await this.#harness?.dispose();
  }

  get harness(): EventBusHarness {
    if (this.#harness === undefined) throw new Error('the harness has not begun');
    return this.#harness;
  }

  name(kind: string): string {
    this.#names += 1;
    return `${kind}-${this.#names}`;
  }

  async bus(): Promise<EventBus> {
    const bus = await this.harness.open();
    this.#open.push(bus);
    return bus;
  }

  /** What a restart of the process leaves: a new bus over the same storage. */
  async restart(bus: EventBus, topics: readonly TopicSpec[]): Promise<EventBus> {
    await bus.close();
    const next = await this.bus();
    await next.ensureTopics(topics);
    return next;
  }

  topic(change: Partial<TopicSpec> = {}): TopicSpec {
    return {
      name: this.name('events'),
      partitions: 'default',
      kept: { by: 'age', hours: null },
      ...change,
    };
  }

  /** A bus that knows one new topic. */
  async busWithTopic(
    change: Partial<TopicSpec> = {},
  ): Promise<{ bus: EventBus; topic: string; spec: TopicSpec }> {
    const spec = this.topic(change);
    const bus = await this.bus();
    await bus.ensureTopics([spec]);
    return { bus, topic: spec.name, spec };
  }

  async publish(bus: EventBus, records: readonly BusRecord[]): Promise<void> {
    const publisher = await bus.openPublisher();
    await publisher.publish(records);
    await publisher.close();
  }

  /**
   * Reads from the earliest under a group of its own, unless told otherwise; resolves once it has
   * begun.
   */
  async read(bus: EventBus, options: ReadingOptions, seen = new BatchRecorder()): Promise<Reading> {
    const subscription = await bus.subscribe({
      group: this.name('group'),
      from: 'earliest',
      ...options,
      onBatch: seen.onBatch,
    });
    await subscription.ready;
    return { seen, subscription };
  }
}

export function recordOf(
  topic: string,
  key: string | null,
  value: string | null,
  more: Partial<BusRecord> = {},
): BusRecord {
  return {
    topic,
    key,
    value: value === null ? null : utf8.encode(value),
    headers: {},
    ...more,
  };
}

/** Records 0..count-1 of one key, the number as value. */
export function numbered(topic: string, key: string, count: number, from = 0): BusRecord[] {
  return Array.from({ length: count }, (_, at) => recordOf(topic, key, String(from + at)));
}

export function numbers(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => String(from + at));
}
