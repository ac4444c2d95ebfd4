import type { ProofCandidate } from '../connect/claim.types.ts';
import { parseUsername } from '../connect/username.codec.ts';

/** Whom a TLS-PSK identity of Link SDK 4 names. Nothing is verified yet. */
export interface PskIdentity {
  readonly productKey: string;
  readonly deviceKey: string;
  /** The key is this proof, as 64 upper-case hex characters: the characters, not their bytes. */
  readonly candidate: ProofCandidate;
}

/** The identity of another client may be as long as TLS allows; the vendor's has about 70. */
const MAX_IDENTITY = 256;
const IDENTITY = /^devicename\|hmacsha256\|([^|&]+)&([^|&]+)\|(\d{1,20})$/;

/**
 * `devicename|hmacsha256|{pk}&{dn}|{timestamp}`, the timestamp a constant of the year 2050; null
 * where it is none. Product before device: the other way round than in a username.
 */
export function parsePskIdentity(text: string): PskIdentity | null {
  if (text.length > MAX_IDENTITY) return null;
  const [, productKey = '', deviceKey = '', timestamp = ''] = IDENTITY.exec(text) ?? [];
  const name = parseUsername(`${deviceKey}&${productKey}`);
  if (name === null) return null;
  const content = `id${productKey}&${deviceKey}timestamp${timestamp}`;
  return { ...name, candidate: { scheme: 'hmac', algorithm: 'sha256', content } };
}

/** The key of that proof, as the handshake uses it. */
export function toPskKey(proof: Uint8Array): Uint8Array {
  const hex = Array.from(proof, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return new TextEncoder().encode(hex.toUpperCase());
}
