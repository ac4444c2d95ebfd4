import { createRequire } from 'node:module';

/** A record as kafkajs gives it to its encoder; the offset and the time are counted from the batch's first. */
export interface RecordParts {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
}

type HeaderValue = Buffer | string | null;
type Header = readonly [name: string, value: HeaderValue];

/** As much of an encoder as a batch asks for. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

const RECORD_MODULE = 'kafkajs/src/protocol/recordBatch/record/v0/index.js';

/**
 * kafkajs builds a record out of one growing, zeroed buffer for itself and one for each header, which for CloudEvents is most of what
 * a send costs. This writes the same bytes into one buffer of the right size. To be called before the first send.
 */
export function patchRecordEncoder(): void {
  const require = createRequire(import.meta.url);
  require(RECORD_MODULE);
  const module = require.cache[require.resolve(RECORD_MODULE)];
  if (module !== undefined) module.exports = encodeRecord;
}

/**
 * Record (Kafka protocol, record batch v2): length, attributes (one byte, 0), time, offset, key, value, headers; each number a zigzag
 * varint, each field its length and its bytes, a missing one the length −1.
 */
export function encodeRecord(record: RecordParts): Encoded {
  const { offsetDelta = 0, timestampDelta = 0, key = null, value, headers = {} } = record;
  const fields = headersOf(headers);
  let size = 1 + sizeOfVarint(timestampDelta) + sizeOfVarint(offsetDelta);
  size += sizeOfField(key) + sizeOfField(value) + sizeOfVarint(fields.length);
  for (const [name, said] of fields) size += sizeOfField(name) + sizeOfField(said);
  const bytes = Buffer.allocUnsafe(sizeOfVarint(size) + size);
  let at = writeVarint(bytes, size, 0);
  at = bytes.writeUInt8(0, at);
  at = writeVarint(bytes, timestampDelta, at);
  at = writeVarint(bytes, offsetDelta, at);
  at = writeField(bytes, key, at);
  at = writeField(bytes, value, at);
  at = writeVarint(bytes, fields.length, at);
  for (const [name, said] of fields) at = writeField(bytes, said, writeField(bytes, name, at));
  return { buf: bytes, buffer: bytes };
}

function headersOf(headers: NonNullable<RecordParts['headers']>): readonly Header[] {
  const all: Header[] = [];
  for (const [name, value] of Object.entries(headers))
    if (isSeveral(value)) for (const one of value) all.push([name, one]);
    else all.push([name, value]);
  return all;
}

function isSeveral(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value);
}

function lengthOf(field: HeaderValue): number {
  return typeof field === 'string' ? Buffer.byteLength(field) : (field?.length ?? 0);
}

function sizeOfField(field: HeaderValue): number {
  if (field === null) return 1;
  const length = lengthOf(field);
  return sizeOfVarint(length) + length;
}

function writeField(bytes: Buffer, field: HeaderValue, start: number): number {
  if (field === null) return writeVarint(bytes, -1, start);
  const at = writeVarint(bytes, lengthOf(field), start);
  return at + (typeof field === 'string' ? bytes.write(field, at) : field.copy(bytes, at));
}

/** Zigzag by arithmetic: a difference of times may need more than 32 bits. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

function writeVarint(bytes: Buffer, value: number, start: number): number {
  let at = start;
  let rest = zigzag(value);
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  bytes[at] = rest;
  return at + 1;
}
