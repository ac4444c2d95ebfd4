import { isUtf8 } from 'node:buffer';

/**
 * A UTF-8 string without NUL [MQTT-1.5.3-1, -2]; null if the bytes are none. A byte order mark is
 * kept [-3].
 */
export function readText(bytes: Buffer, start: number, end: number): string | null {
  let all = 0;
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === 0) return null;
    all |= byte;
  }
  if (all < 128) return bytes.toString('latin1', start, end);
  return isUtf8(bytes.subarray(start, end)) ? bytes.toString('utf8', start, end) : null;
}

/** Walks the fields of a body: each is two bytes of length and that many bytes. */
export class FieldReader {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.at === this.end;
  }

  /** The next byte; null when there is none. */
  byte(): number | null {
    if (this.at >= this.end) return null;
    this.at += 1;
    return this.bytes.readUInt8(this.at - 1);
  }

  /** The next two bytes as a number; null when they are not there. */
  uint16(): number | null {
    if (this.at + 2 > this.end) return null;
    this.at += 2;
    return this.bytes.readUInt16BE(this.at - 2);
  }

  /** The next field's bytes, a view and no copy; null when it runs past the end. */
  binary(): Buffer | null {
    const length = this.uint16();
    if (length === null || this.at + length > this.end) return null;
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** The next field as text; null when it runs past the end or is no MQTT string. */
  text(): string | null {
    const length = this.uint16();
    if (length === null || this.at + length > this.end) return null;
    this.at += length;
    return readText(this.bytes, this.at - length, this.at);
  }
}
