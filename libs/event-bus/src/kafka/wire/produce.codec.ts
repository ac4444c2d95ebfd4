import { crc32c } from './crc32c.ts';
import { ByteWriter, roomFor, type Text } from './byte-writer.ts';

/** A record as kafkajs has it in a send. */
export interface RecordParts {
  readonly key?: Text;
  readonly value: Text;
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
  /** Milliseconds since 1970; the time of the send where there is none. */
  readonly timestamp?: string | number;
}

type HeaderValue = Buffer | string;

export interface PartitionParts {
  readonly partition: number;
  readonly firstSequence?: number;
  readonly messages: readonly RecordParts[];
}

/**
 * What kafkajs asks a Produce request of version 3 to 7 to carry. `producerId` is a number or
 * kafkajs' own 64-bit type.
 */
export interface ProduceParts {
  readonly transactionalId?: string | null;
  readonly acks: number;
  readonly timeout: number;
  readonly producerId?: { readonly value: bigint } | string | number;
  readonly producerEpoch?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly PartitionParts[];
  }[];
}

interface Sender {
  readonly id: bigint;
  readonly epoch: number;
  readonly transactional: boolean;
}

const MAGIC = 2;
const TRANSACTIONAL = 16;
/** Sizes, counts and the header of a batch, with room to spare. */
const BATCH_HEADER_ROOM = 128;
const RECORD_ROOM = 32;
const NO_PRODUCER = -1n;

/** All of this process' sends, one after another: none awaits anything in its midst. */
const writer = new ByteWriter();

/**
 * Produce request, versions 3 to 7, without its header: transactional_id acks timeout [topic
 * [partition records]] (Kafka protocol guide, "Produce API"). Not compressed.
 */
export function encodeProduce(request: ProduceParts, nowMs: number): Buffer {
  const { transactionalId = null, acks, timeout, topicData, producerEpoch = 0 } = request;
  const sender = {
    id: toBigInt(request.producerId),
    epoch: producerEpoch,
    transactional: transactionalId !== null && transactionalId !== '',
  };
  writer.begin();
  writer.string(transactionalId);
  writer.int16(acks);
  writer.int32(timeout);
  writer.int32(topicData.length);
  for (const { topic, partitions } of topicData) {
    writer.string(topic);
    writer.reserve(BATCH_HEADER_ROOM);
    writer.int32(partitions.length);
    for (const partition of partitions) writePartition(partition, sender, nowMs);
  }
  return writer.taken();
}

function toBigInt(id: ProduceParts['producerId']): bigint {
  if (id === undefined) return NO_PRODUCER;
  return typeof id === 'object' ? id.value : BigInt(id);
}

function writePartition(part: PartitionParts, sender: Sender, nowMs: number): void {
  writer.reserve(BATCH_HEADER_ROOM);
  writer.int32(part.partition);
  const sizeAt = writer.at;
  writer.int32(0);
  writeBatch(part, sender, nowMs);
  writer.uint32At(writer.at - sizeAt - 4, sizeAt);
}

/** Record batch, magic 2: the length counts what follows it, the CRC what follows it. */
function writeBatch(part: PartitionParts, { id, epoch, transactional }: Sender, nowMs: number) {
  const { messages, firstSequence = 0 } = part;
  const { first, last } = timesOf(messages, nowMs);
  writer.int64(0n);
  const lengthAt = writer.at;
  writer.int32(0);
  writer.int32(0);
  writer.int8(MAGIC);
  const crcAt = writer.at;
  writer.int32(0);
  writer.int16(transactional ? TRANSACTIONAL : 0);
  writer.int32(messages.length - 1);
  writer.int64(BigInt(first));
  writer.int64(BigInt(last));
  writer.int64(id);
  writer.int16(epoch);
  writer.int32(firstSequence);
  writer.int32(messages.length);
  messages.forEach((message, offset) => {
    writeRecord(message, offset, Number(message.timestamp ?? nowMs) - first);
  });
  writer.uint32At(writer.at - lengthAt - 4, lengthAt);
  writer.uint32At(crc32c(writer.bytes, crcAt + 4, writer.at), crcAt);
}

function timesOf(messages: readonly RecordParts[], nowMs: number) {
  let first = Infinity;
  let last = -Infinity;
  for (const { timestamp } of messages) {
    if (timestamp === undefined) continue;
    first = Math.min(first, Number(timestamp));
    last = Math.max(last, Number(timestamp));
  }
  return first === Infinity ? { first: nowMs, last: nowMs } : { first, last };
}

/**
 * Record: length, attributes (one byte, 0), time, offset, key, value, headers; each number a
 * varint, each field its length and its bytes.
 */
function writeRecord(record: RecordParts, offset: number, time: number): void {
  const { key = null, value, headers = NO_HEADERS } = record;
  let room = RECORD_ROOM + roomFor(key) + roomFor(value);
  let count = 0;
  for (const name in headers) {
    const said = headers[name];
    count += isSeveral(said) ? said.length : 1;
    room += roomForHeader(name, said);
  }
  writer.reserve(room);
  const start = writer.beginCounted();
  writer.int8(0);
  writer.varint(time);
  writer.varint(offset);
  writer.field(key);
  writer.field(value);
  writer.varint(count);
  for (const name in headers) writeHeader(name, headers[name]);
  writer.endCounted(start);
}

type Headers = NonNullable<RecordParts['headers']>;
type Header = Headers[string] | undefined;

const NO_HEADERS: Headers = {};

const isSeveral = (said: Header): said is readonly HeaderValue[] => Array.isArray(said);

function roomForHeader(name: string, said: Header): number {
  if (!isSeveral(said)) return roomFor(name) + roomFor(said ?? null);
  return said.reduce((room, one) => room + roomFor(name) + roomFor(one), 0);
}

/** Several values of one name become several headers. */
function writeHeader(name: string, said: Header): void {
  if (isSeveral(said)) return said.forEach((one) => writeHeader(name, one));
  writer.field(name);
  writer.field(said ?? null);
}
