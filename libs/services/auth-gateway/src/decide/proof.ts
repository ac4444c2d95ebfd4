import type { DistributedSecret } from '@tallystick/contracts';
import type { ProofCandidate } from '@tallystick/dialects';
import type { DistributionOpener } from '@tallystick/application';
import type { Hasher } from './hasher.ts';

/** A record's secrets, and what each was sealed for. */
export interface SealedSecrets {
  readonly recordKey: string;
  readonly generation: number;
  readonly keyEpoch: number;
  readonly secrets: readonly DistributedSecret[];
}

/** A proof to be checked, as a dialect read it. */
export interface PresentedProof {
  readonly candidates: readonly ProofCandidate[];
  /** Hex, lower-case, if it is a proof at all. */
  readonly presented: string;
}

/** As many secrets are tried for every refusal, known name or not; more only where one name has more of them valid at once. */
const LEAST_SECRETS = 2;

/**
 * Compares a proof with the secrets that may have made it. An unknown name, a foreign dialect or a missing secret costs the same unseal and the
 * same hashes as a wrong secret: a dummy stands in.
 */
export class ProofChecker {
  readonly #opener: DistributionOpener;
  readonly #hasher: Hasher;
  readonly #dummy: SealedSecrets;

  constructor(opener: DistributionOpener, hasher: Hasher, dummy: SealedSecrets) {
    this.#opener = opener;
    this.#hasher = hasher;
    this.#dummy = dummy;
  }

  /** The version of the secret that made the proof; null: none did. */
  version(proof: PresentedProof, sealed: SealedSecrets | null, nowMs: number): number | null {
    const presented = Buffer.from(proof.presented, 'hex');
    const valid = (sealed?.secrets ?? []).filter(
      ({ expiresAt }) => expiresAt === null || expiresAt > nowMs,
    );
    for (const secret of valid)
      if (sealed !== null && this.#made(proof, presented, sealed, secret)) return secret.version;
    for (let tried = valid.length; tried < LEAST_SECRETS; tried += 1)
      for (const secret of this.#dummy.secrets) this.#made(proof, presented, this.#dummy, secret);
    return null;
  }

  #made(
    { candidates }: PresentedProof,
    presented: Uint8Array,
    { recordKey, generation, keyEpoch }: SealedSecrets,
    { version, sealed }: DistributedSecret,
  ): boolean {
    const secret = this.#opener.open(recordKey, generation, version, keyEpoch, sealed);
    // Ending at a match tells only those who hold the secret.
    return candidates.some(
      (candidate) =>
        this.#hasher.equal(this.#hasher.proof(candidate, secret ?? NO_SECRET), presented) &&
        secret !== null,
    );
  }

  /** Whether the token's SHA-256 is that of the unit; a unit that is not there costs the same. */
  token(token: string, tokenHash: string | null): boolean {
    const expected = tokenHash === null ? NO_TOKEN : Buffer.from(tokenHash, 'hex');
    return this.#hasher.equal(this.#hasher.token(token), expected) && tokenHash !== null;
  }
}

const NO_SECRET = Buffer.alloc(22, 'x');
const NO_TOKEN = Buffer.alloc(32);
