import { readFileSync } from 'node:fs';
import type { ProofCandidate } from '@tallystick/dialects';
import { expect, it } from 'vitest';
import { nodeHasher } from './hasher.ts';

interface Recorded {
  readonly name: string;
  readonly secret: string;
  readonly candidate: ProofCandidate;
  readonly password: string;
}

/** Huawei's recorded bytes, shared with the dialects' own specs. */
const recorded = JSON.parse(
  readFileSync(
    new URL('../../../../dialects/src/fixtures/huawei-connects.json', import.meta.url),
    'utf8',
  ),
) as readonly Recorded[];

it.each(recorded)(
  "$name: the password is the candidate's proof",
  ({ candidate, secret, password }) => {
    const proof = nodeHasher.proof(candidate, Buffer.from(secret));
    expect(Buffer.from(proof).toString('hex')).toBe(password);
    const wrong = nodeHasher.proof(candidate, Buffer.from(`${secret}x`));
    expect(nodeHasher.equal(wrong, proof)).toBe(false);
  },
);
