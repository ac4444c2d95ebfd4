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

/**
 * As many secrets are tried for every refusal, known name or not; more only where one name has more
 * of them valid at once.
 */
const LEAST_SECRETS = 2;

/** Whose secret makes a proof. */
export type Owner = 'device' | 'product';

/** A secret to be tried; `secret` null: it cannot be right, but the same work is done for it. */
interface Slot {
  readonly version: number;
  readonly secret: Uint8Array | null;
}

/** Compares proofs with the secrets that may have made them. */
export class ProofChecker {
  readonly #opener: DistributionOpener;
  readonly #hasher: Hasher;
  readonly #dummy: SealedSecrets;

  constructor(opener: DistributionOpener, hasher: Hasher, dummy: SealedSecrets) {
    this.#opener = opener;
    this.#hasher = hasher;
    this.#dummy = dummy;
  }

  /**
   * For one CONNECT, whose device and product have these secrets; null: they have none, or are not
   * known.
   */
  attempt(secrets: Readonly<Record<Owner, SealedSecrets | null>>, nowMs: number): ProofAttempt {
    const slotsOf = (owner: Owner): SecretSlots =>
      new SecretSlots(this.#opener, secrets[owner], this.#dummy, nowMs);
    return new ProofAttempt(this.#hasher, slotsOf);
  }

  /**
   * What one of the valid secrets gives for the candidate, the newest first and then in turn; null:
   * there is none, or it does not open. That costs the same.
   */
  proofOf(candidate: ProofCandidate, sealed: SealedSecrets | null, nowMs: number, turn: number) {
    const { secret } = new SecretSlots(this.#opener, sealed, this.#dummy, nowMs).inTurn(turn);
    const proof = this.#hasher.proof(candidate, secret ?? NO_SECRET);
    return secret === null ? null : proof;
  }

  /** Whether the token's SHA-256 is that of the unit; a unit that is not there costs the same. */
  token(token: string, tokenHash: string | null): boolean {
    const expected = tokenHash === null ? NO_TOKEN : Buffer.from(tokenHash, 'hex');
    return this.#hasher.equal(this.#hasher.token(token), expected) && tokenHash !== null;
  }
}

/** The secrets of one owner, each unsealed once however many readings of a CONNECT try it. */
class SecretSlots {
  readonly #opener: DistributionOpener;
  readonly #sealed: SealedSecrets | null;
  readonly #dummy: SealedSecrets;
  readonly #valid: readonly DistributedSecret[];
  readonly #opened: Slot[] = [];
  #unreadable = false;

  constructor(
    opener: DistributionOpener,
    sealed: SealedSecrets | null,
    dummy: SealedSecrets,
    nowMs: number,
  ) {
    this.#opener = opener;
    this.#sealed = sealed;
    this.#dummy = dummy;
    this.#valid = (sealed?.secrets ?? []).filter(
      ({ expiresAt }) => expiresAt === null || expiresAt > nowMs,
    );
  }

  /** One that is valid did not open. */
  get unreadable(): boolean {
    return this.#unreadable;
  }

  get count(): number {
    return Math.max(LEAST_SECRETS, this.#valid.length);
  }

  at(index: number): Slot {
    const opened = this.#opened[index];
    if (opened !== undefined) return opened;
    const slot = this.#open(index);
    this.#opened.push(slot);
    return slot;
  }

  inTurn(turn: number): Slot {
    return this.#open(turn % Math.max(1, this.#valid.length));
  }

  /** Where there is no secret a dummy stands in: it is opened like any other, and never right. */
  #open(index: number): Slot {
    const valid = this.#valid[index];
    const from = valid === undefined ? this.#dummy : (this.#sealed ?? this.#dummy);
    const { version, sealed } = valid ?? from.secrets[0] ?? NOTHING;
    const secret = this.#opener.open(
      from.recordKey,
      from.generation,
      version,
      from.keyEpoch,
      sealed,
    );
    this.#unreadable ||= valid !== undefined && secret === null;
    return { version, secret: valid === undefined ? null : secret };
  }
}

/**
 * The proofs of one CONNECT. An unknown name, a foreign dialect or a missing secret costs the same
 * unseals and the same hashes as a wrong secret.
 */
export class ProofAttempt {
  readonly #hasher: Hasher;
  readonly #slotsOf: (owner: Owner) => SecretSlots;
  readonly #slots: Partial<Record<Owner, SecretSlots>> = {};

  constructor(hasher: Hasher, slotsOf: (owner: Owner) => SecretSlots) {
    this.#hasher = hasher;
    this.#slotsOf = slotsOf;
  }

  /**
   * A secret that was to be tried does not open under the keys that are held: nothing is known of
   * the proof.
   */
  get unreadable(): boolean {
    return Object.values(this.#slots).some((slots) => slots.unreadable);
  }

  /** The version of the owner's secret that made the proof; null: none did. */
  version({ candidates, presented }: PresentedProof, owner: Owner): number | null {
    const slots = (this.#slots[owner] ??= this.#slotsOf(owner));
    const said = fromHex(presented);
    for (let index = 0; index < slots.count; index += 1) {
      const { version, secret } = slots.at(index);
      for (const candidate of candidates) {
        const equal = this.#hasher.equal(this.#hasher.proof(candidate, secret ?? NO_SECRET), said);
        // Ending at a match tells only those who hold the secret.
        if (equal && secret !== null) return version;
      }
    }
    return null;
  }
}

/**
 * Node reads hex up to the first character that is none, so that what follows would not count, and
 * takes U+3061 for an `a`: of a wide character it looks at the low byte alone.
 */
function fromHex(presented: string): Uint8Array {
  return HEX.test(presented) ? Buffer.from(presented, 'hex') : NO_PROOF;
}

const HEX = /^(?:[0-9a-f]{2})*$/;

const NO_PROOF = Buffer.alloc(0);
const NOTHING = { version: 0, sealed: '' };
const NO_SECRET = Buffer.alloc(22, 'x');
const NO_TOKEN = Buffer.alloc(32);
