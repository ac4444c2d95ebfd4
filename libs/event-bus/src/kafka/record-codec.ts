import type { KafkaMessage, Message, TopicMessages } from 'kafkajs';
import { partitionOf, PortError } from '@tallystick/kernel';
import { acceptableBytes, type BusRecord, type DeliveredRecord } from '@tallystick/ports';
import type { TopicCatalog } from './topic-catalog.ts';

/**
 * kafkajs puts what goes to one partition in one send into one record batch, and a broker takes a
 * batch of 1 MiB.
 */
const PARTITION_BYTES = 900_000;
/** kafkajs groups the messages of a partition in quadratic time. */
const PARTITION_RECORDS = 1000;
const SEND_BYTES = 8_000_000;
const ANY_PARTITION = -1;

export interface Outgoing {
  readonly topic: string;
  readonly partition: number;
  readonly message: Message;
  readonly bytes: number;
}

function viewOf(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Checked and with its partition, so that kafkajs has nothing to hash. */
export function toOutgoing(record: BusRecord, catalog: TopicCatalog): Outgoing {
  const { fullName, partitions, byKey } = catalog.get(record.topic);
  if (byKey && record.key === null)
    throw new PortError('misconfigured', `${record.topic} is kept by key: a record needs one`);
  const { key, headers } = record;
  const value = record.value instanceof Uint8Array ? viewOf(record.value) : record.value;
  const bytes = acceptableBytes(record);
  const partition =
    record.partition ?? (key === null ? ANY_PARTITION : partitionOf(key, partitions));
  if (partition >= partitions)
    throw new PortError('misconfigured', `${record.topic} has no partition ${partition}`);
  const message: Message = { key, value, headers };
  if (partition !== ANY_PARTITION) message.partition = partition;
  return { topic: fullName, partition, message, bytes };
}

/**
 * Cut so that no send holds more than a broker takes for one partition. The order within a
 * partition is kept.
 */
export function* toSends(records: readonly Outgoing[]): Generator<TopicMessages[]> {
  let topics = new Map<string, Message[]>();
  let filled = new Map<string, { bytes: number; records: number }>();
  let total = 0;
  for (const { topic, partition, message, bytes } of records) {
    const place = `${topic}/${partition}`;
    let fill = filled.get(place) ?? { bytes: 0, records: 0 };
    const full =
      fill.bytes + bytes > PARTITION_BYTES ||
      fill.records >= PARTITION_RECORDS ||
      total + bytes > SEND_BYTES;
    if (full) {
      yield asTopicMessages(topics);
      topics = new Map();
      filled = new Map();
      total = 0;
      fill = { bytes: 0, records: 0 };
    }
    filled.set(place, { bytes: fill.bytes + bytes, records: fill.records + 1 });
    total += bytes;
    const messages = topics.get(topic);
    if (messages === undefined) topics.set(topic, [message]);
    else messages.push(message);
  }
  if (topics.size > 0) yield asTopicMessages(topics);
}

function asTopicMessages(topics: ReadonlyMap<string, Message[]>): TopicMessages[] {
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

function textOf(value: Buffer | string | (Buffer | string)[] | undefined): string {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first === null ? '' : first.toString();
}

export function toDelivered(
  topic: string,
  partition: number,
  { offset, timestamp, key, value, headers: raw }: KafkaMessage,
): DeliveredRecord {
  const headers: Record<string, string> = {};
  for (const name in raw) headers[name] = textOf(raw[name]);
  return {
    topic,
    partition,
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key: key === null ? null : key.toString(),
    value,
    headers,
  };
}
