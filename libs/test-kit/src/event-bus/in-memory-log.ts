import { randomUUID } from 'node:crypto';
import { partitionOf, PortError } from '@tallystick/kernel';
import {
  acceptableBytes,
  type BusRecord,
  type DeliveredRecord,
  type TopicSpec,
} from '@tallystick/ports';

/** By age: the offset is the index. By key: a Map whose insertion order is the order of offsets. */
interface InMemoryPartition {
  nextOffset: number;
  readonly all: DeliveredRecord[];
  readonly newest: Map<string, DeliveredRecord>;
}

interface InMemoryTopic {
  readonly byKey: boolean;
  readonly partitions: readonly InMemoryPartition[];
}

const utf8 = new TextEncoder();

/**
 * A record's value as a reader gets it; a copy, for what the writer does with its bytes afterwards
 * is not the reader's concern.
 */
export function deliveredValue(value: BusRecord['value']): Uint8Array | null {
  if (value === null) return null;
  return typeof value === 'string' ? utf8.encode(value) : Uint8Array.from(value);
}

/** What outlives a bus: hand the same log to the next one to play a restart. */
export class InMemoryBusLog {
  readonly cursors = new Map<string, number>();
  readonly writers = new Map<string, { epoch: number; progress: number; note: string }>();
  readonly identity = randomUUID();
  readonly members = new Map<string, object[]>();
  readonly #topics = new Map<string, InMemoryTopic>();
  readonly #wakes = new Set<() => void>();

  ensure(spec: TopicSpec, defaultPartitions: number): void {
    if (this.#topics.has(spec.name)) return;
    const count = spec.partitions === 'default' ? defaultPartitions : spec.partitions;
    const partitions = Array.from({ length: count }, () => ({
      nextOffset: 0,
      all: [],
      newest: new Map(),
    }));
    this.#topics.set(spec.name, { byKey: spec.kept.by === 'key', partitions });
  }

  partitions(topic: string): number {
    return this.#topic(topic).partitions.length;
  }

  /** All of them or, when one is not acceptable, none. */
  append(records: readonly BusRecord[]): void {
    const placed = records.map((record) => ({ record, ...this.#place(record) }));
    for (const { record, topic, partition } of placed) {
      const log = topic.partitions[partition];
      if (log === undefined) continue;
      const delivered: DeliveredRecord = {
        topic: record.topic,
        partition,
        offset: log.nextOffset,
        timestampMs: Date.now(),
        key: record.key,
        value: deliveredValue(record.value),
        headers: { ...record.headers },
      };
      log.nextOffset += 1;
      if (topic.byKey && record.key !== null) {
        log.newest.delete(record.key);
        log.newest.set(record.key, delivered);
      } else log.all.push(delivered);
    }
    this.wake();
  }

  read(topic: string, partition: number, from: number, limit: number): DeliveredRecord[] {
    const { byKey, partitions } = this.#topic(topic);
    const log = partitions[partition];
    if (log === undefined) return [];
    if (!byKey) return log.all.slice(from, from + limit);
    return [...log.newest.values()].filter((record) => record.offset >= from).slice(0, limit);
  }

  end(topic: string, partition: number): number {
    return this.#topic(topic).partitions[partition]?.nextOffset ?? 0;
  }

  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }

  #topic(name: string): InMemoryTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new PortError('misconfigured', `topic ${name} is not known`);
    return topic;
  }

  #place(record: BusRecord): { topic: InMemoryTopic; partition: number } {
    const topic = this.#topic(record.topic);
    if (topic.byKey && record.key === null)
      throw new PortError('misconfigured', `${record.topic} is kept by key: a record needs one`);
    acceptableBytes(record);
    const count = topic.partitions.length;
    const partition =
      record.partition ?? (record.key === null ? 0 : partitionOf(record.key, count));
    return { topic, partition };
  }
}
