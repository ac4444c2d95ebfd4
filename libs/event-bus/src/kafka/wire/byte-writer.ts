import { Buffer } from 'node:buffer';

const FIRST_BYTES = 64 * 1024;
/** A buffer that one large send has grown is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Up to here a loop is cheaper than a call into the runtime. */
const SHORT_TEXT = 64;
/** Room for a length, which is written after the bytes that it counts. */
const LENGTH_ROOM = 5;

export type Text = Buffer | string | null;

/** Zigzag by arithmetic: a difference of times may need more than 32 bits. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

/**
 * Writes Kafka's primitive types into one growing buffer, which is written over the next time: what
 * is to be kept is copied out at the end. Big-endian; a varint is zigzag (Kafka protocol, "Protocol
 * Primitive Types").
 */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  at = 0;

  get bytes(): Buffer {
    return this.#bytes;
  }

  begin(): void {
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.at = 0;
  }

  /** Makes room for so many bytes more; every write below needs it beforehand. */
  reserve(size: number): void {
    const needed = this.at + size;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.at);
    this.#bytes = grown;
  }

  /** A copy of what has been written. */
  taken(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.at));
  }

  int8(value: number): void {
    this.#bytes[this.at] = value;
    this.at += 1;
  }

  int16(value: number): void {
    this.at = this.#bytes.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.#bytes.writeInt32BE(value, this.at);
  }

  uint32At(value: number, at: number): void {
    this.#bytes.writeUInt32BE(value, at);
  }

  int64(value: bigint): void {
    this.at = this.#bytes.writeBigInt64BE(value, this.at);
  }

  /** STRING or NULLABLE_STRING. */
  string(value: string | null): void {
    if (value === null) return this.int16(-1);
    this.reserve(2 + value.length * 3);
    const size = this.#bytes.write(value, this.at + 2);
    this.int16(size);
    this.at += size;
  }

  varint(value: number): void {
    const bytes = this.#bytes;
    let rest = zigzag(value);
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes[this.at++] = (rest % 128) | 128;
    bytes[this.at++] = rest;
  }

  /**
   * A field of a record: its length as a varint, −1 where there is none, and its bytes. The caller
   * has reserved `roomFor` it.
   */
  field(value: Text): void {
    if (value === null) return this.varint(-1);
    if (typeof value !== 'string') {
      this.varint(value.length);
      this.at += value.copy(this.#bytes, this.at);
      return;
    }
    const start = this.at;
    if (value.length <= SHORT_TEXT) {
      this.varint(value.length);
      if (this.#ascii(value)) return;
      this.at = start;
    }
    this.varint(Buffer.byteLength(value));
    this.at += this.#bytes.write(value, this.at);
  }

  /** False, and nothing is to be kept of it, at a character beyond ASCII. */
  #ascii(value: string): boolean {
    const bytes = this.#bytes;
    let at = this.at;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 127) return false;
      bytes[at++] = code;
    }
    this.at = at;
    return true;
  }

  /** Begins something that its length, a varint, precedes. */
  beginCounted(): number {
    this.at += LENGTH_ROOM;
    return this.at;
  }

  /** Writes the length before what was begun at `start`, and closes the gap. */
  endCounted(start: number): void {
    const size = this.at - start;
    this.at = start - LENGTH_ROOM;
    this.varint(size);
    this.#bytes.copyWithin(this.at, start, start + size);
    this.at += size;
  }
}

/** No field takes more bytes than this. */
export function roomFor(value: Text): number {
  if (value === null) return 1;
  return LENGTH_ROOM + (typeof value === 'string' ? value.length * 3 : value.length);
}
