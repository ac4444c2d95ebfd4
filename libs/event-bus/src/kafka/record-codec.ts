import type { KafkaMessage, Message, TopicMessages } from 'kafkajs';
import { murmur2, PortError } from '@tallystick/kernel';
import type { BusRecord, DeliveredRecord } from '@tallystick/ports';
import type { TopicCatalog } from './topic-catalog.ts';

/** kafkajs puts what goes to one partition in one send into one record batch, and a broker takes a batch of 1 MiB. */
const PARTITION_BYTES = 900_000;
/** kafkajs groups the messages of a partition in quadratic time. */
const PARTITION_RECORDS = 1000;
const SEND_BYTES = 8_000_000;
const RECORD_OVERHEAD = 32;
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

function sizeOf(
  key: Buffer | null,
  value: Buffer | null,
  headers: Readonly<Record<string, string>>,
): number {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += 4 + name.length + Buffer.byteLength(headers[name] ?? '');
  return bytes;
}

/** Checked and with its partition, so that kafkajs has nothing to hash. */
export function toOutgoing(record: BusRecord, catalog: TopicCatalog): Outgoing {
  const { fullName, partitions, byKey } = catalog.get(record.topic);
  if (byKey && record.key === null)
    throw new PortError('misconfigured', `${record.topic} is kept by key: a record needs one`);
  const key = record.key === null ? null : Buffer.from(record.key);
  const value = record.value === null ? null : viewOf(record.value);
  const bytes = sizeOf(key, value, record.headers);
  if (bytes > PARTITION_BYTES)
    throw new PortError('too-large', `a record for ${record.topic} is of ${bytes} bytes`);
  const hashed = key === null ? ANY_PARTITION : (murmur2(key) & 0x7fffffff) % partitions;
  const partition = record.partition ?? hashed;
  if (partition >= partitions)
    throw new PortError('misconfigured', `${record.topic} has no partition ${partition}`);
  const message: Message = { key, value, headers: record.headers };
  if (partition !== ANY_PARTITION) message.partition = partition;
  return { topic: fullName, partition, message, bytes };
}

/** Cut so that no send holds more than a broker takes for one partition. The order within a partition is kept. */
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
