/**
 * Where a packet's body stands in the bytes: `first` is the type and flags, [bodyAt, end) the body.
 */
export interface FixedHeader {
  readonly first: number;
  readonly bodyAt: number;
  readonly end: number;
}

/**
 * Fixed header (MQTT 3.1.1, 2.2): one byte of type and flags, then the remaining length in one to
 * four bytes of seven bits each, least significant first. `more`: the length itself is not yet
 * complete; the body may still be missing.
 */
export function readFixedHeader(bytes: Buffer): FixedHeader | 'more' | 'malformed' {
  let length = 0;
  for (let i = 0; i < 4; i += 1) {
    if (bytes.length < i + 2) return 'more';
    const byte = bytes.readUInt8(i + 1);
    length += (byte & 127) * 128 ** i;
    if (byte < 128) return { first: bytes.readUInt8(0), bodyAt: i + 2, end: i + 2 + length };
  }
  return 'malformed';
}

/** A packet around a body: the remaining length in as few bytes as it takes. */
export function frame(first: number, body: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of body) length += part.length;
  const header = [first];
  let rest = length;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    header.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return Buffer.concat([Uint8Array.from(header), ...body], header.length + length);
}
