import { hash, timingSafeEqual } from 'node:crypto';
import type { ProofCandidate } from '@tallystick/dialects';
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

export const nodeHasher: Hasher = {
  proof: ({ algorithm, scheme, content }, secret) =>
    scheme === 'hmac'
      ? hmac(algorithm, secret, content)
      : // Secrets are printable ASCII; hashing one string costs a third of a hash object.
        hash(algorithm, content + Buffer.from(secret).toString('latin1'), 'buffer'),
  token: (token) => hash('sha256', token, 'buffer'),
  equal: (a, b) => timingSafeEqual(a, a.length === b.length ? b : a) && a.length === b.length,
};
