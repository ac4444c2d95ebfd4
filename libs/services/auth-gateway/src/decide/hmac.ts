import { hash } from 'node:crypto';
import type { HashAlgorithm } from '@tallystick/dialects';

/** The same for MD5, SHA-1, SHA-256 and SM3. */
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** A ClientId and a username are shorter; anything longer has a buffer of its own. */
const CONTENT_BYTES = 4_096;

const inner = Buffer.alloc(BLOCK_BYTES + CONTENT_BYTES);
const outer = Buffer.alloc(BLOCK_BYTES + 32);

/**
 * HMAC (RFC 2104) as two one-shot hashes: a third of the cost of a KeyObject and an Hmac object for
 * each CONNECT.
 */
export function hmac(algorithm: HashAlgorithm, secret: Uint8Array, content: string): Buffer {
  const size = Buffer.byteLength(content);
  const message = size > CONTENT_BYTES ? Buffer.alloc(BLOCK_BYTES + size) : inner;
  pad(message, outer, secret.length > BLOCK_BYTES ? hash(algorithm, secret, 'buffer') : secret);
  message.write(content, BLOCK_BYTES);
  // As 'binary', a character for each byte: a digest that comes as a string costs less than one
  // with a buffer of its own.
  const first = hash(algorithm, message.subarray(0, BLOCK_BYTES + size), 'binary');
  outer.write(first, BLOCK_BYTES, 'latin1');
  const proof = hash(algorithm, outer.subarray(0, BLOCK_BYTES + first.length), 'binary');
  message.fill(0, 0, BLOCK_BYTES);
  outer.fill(0);
  return Buffer.from(proof, 'latin1');
}

function pad(message: Buffer, outside: Buffer, key: Uint8Array): void {
  message.fill(INNER_PAD, 0, BLOCK_BYTES);
  outside.fill(OUTER_PAD, 0, BLOCK_BYTES);
  for (let at = 0; at < key.length; at += 1) {
    const byte = key[at] ?? 0;
    message[at] = byte ^ INNER_PAD;
    outside[at] = byte ^ OUTER_PAD;
  }
}
