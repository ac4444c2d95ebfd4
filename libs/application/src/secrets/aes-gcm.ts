import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM: nonce (12), ciphertext, tag (16). The key is a KeyObject: bytes cost five times as
 * much. A nonce is never used twice with one key.
 */
export function sealBytes(
  key: KeyObject,
  nonce: Uint8Array,
  associated: string,
  plaintext: Uint8Array,
): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(Buffer.from(associated, 'utf8'));
  const body = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/**
 * What {@link sealBytes} sealed under that key for that associated data; null if it did not, or if
 * a byte differs.
 */
export function openBytes(key: KeyObject, associated: string, sealed: Uint8Array): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const end = sealed.length - TAG_BYTES;
  const cipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES));
  cipher.setAAD(Buffer.from(associated, 'utf8'));
  cipher.setAuthTag(sealed.subarray(end));
  const plaintext = cipher.update(sealed.subarray(NONCE_BYTES, end));
  try {
    cipher.final();
    return plaintext;
  } catch {
    return null;
  }
}
