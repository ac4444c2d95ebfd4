import { hash, timingSafeEqual } from 'node:crypto';
import type { ProofCandidate } from '@tallystick/dialects';
import { assertNever } from '@tallystick/kernel';
import { hmac } from './hmac.ts';

/** The cryptography of a login, so that a spec can count it. */
export interface Hasher {
  /** The proof that `secret` gives for the candidate. */
  proof(candidate: ProofCandidate, secret: Uint8Array): Uint8Array;
  /** SHA-256 of a token. */
  token(token: string): Uint8Array;
  /** In the same time whatever differs; false where the lengths do. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

/** Secrets are printable ASCII; hashing one string costs a third of a hash object. */
const textOf = (secret: Uint8Array): string => Buffer.from(secret).toString('latin1');

function proofOf(candidate: ProofCandidate, secret: Uint8Array): Uint8Array {
  const { algorithm, scheme, content } = candidate;
  switch (scheme) {
    case 'hmac':
      return hmac(algorithm, secret, content);
    case 'hash-suffix':
      return hash(algorithm, content + textOf(secret), 'buffer');
    case 'keyed-by-content':
      return hmac(algorithm, Buffer.from(content), textOf(secret));
    case 'group': {
      const own = hmac('sha256', Buffer.from(candidate.derivedFor), textOf(secret));
      return hmac(algorithm, Buffer.from(content), own.toString('hex'));
    }
    default:
      return assertNever(scheme);
  }
}

export const nodeHasher: Hasher = {
  proof: proofOf,
  token: (token) => hash('sha256', token, 'buffer'),
  equal: (a, b) => timingSafeEqual(a, a.length === b.length ? b : a) && a.length === b.length,
};
