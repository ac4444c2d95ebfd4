import { randomBytes } from 'node:crypto';
import { parsePskIdentity, toPskKey, type PskIdentity } from '@tallystick/dialects';
import type { Clock } from '@tallystick/ports';
import type { ProofChecker } from '../decide/proof.ts';
import { secretsOfDevice } from '../decide/sealed-secrets.ts';
import { speaksDialect } from '../decide/subject.ts';
import type { ViewLookup } from '../view/view-lookup.ts';

const PROOF_BYTES = 32;
/** Devices with two secrets whose turns are remembered; beyond it all begin with the newest. */
const MOST_TURNS = 10_000;

/** Where the identity names no device: its key costs the same and is never right. */
const NOBODY: PskIdentity = {
  ...{ productKey: '', deviceKey: '' },
  candidate: { scheme: 'hmac', algorithm: 'sha256', content: '' },
};

/** The device that a handshake has proven, from the identity that it used. */
export const pskDevice = (identity: string | null): PskIdentity | null =>
  identity === null ? null : (parsePskIdentity(identity) ?? NOBODY);

/**
 * The keys with which TLS-PSK handshakes must be made. An identity that is unknown or misshapen
 * goes on with a random key: the handshake fails as with a wrong secret.
 *
 * A handshake has one key. Where two secrets are valid at once, the newest comes first; a handshake
 * that was not followed by a login gives the turn to the other one, a login keeps it.
 */
export class PskKeys {
  readonly #view: ViewLookup;
  readonly #proofs: ProofChecker;
  readonly #clock: Pick<Clock, 'now'>;
  /** Of devices with more than one secret: whose turn it was last, and whether it was right. */
  readonly #turns = new Map<string, { readonly turn: number; readonly proven: boolean }>();

  constructor(view: ViewLookup, proofs: ProofChecker, clock: Pick<Clock, 'now'>) {
    this.#view = view;
    this.#proofs = proofs;
    this.#clock = clock;
  }

  keyOf(identity: string): Uint8Array {
    const { productKey, deviceKey, candidate } = pskDevice(identity) ?? NOBODY;
    const product = this.#view.product(productKey);
    const device = this.#view.device(productKey, deviceKey);
    const usable = device !== null && speaksDialect(product, 'alibaba');
    const sealed = usable ? secretsOfDevice(device) : null;
    const several = sealed !== null && sealed.secrets.length > 1;
    const turn = several ? this.#nextTurn(identity) : 0;
    const random = randomBytes(PROOF_BYTES);
    return toPskKey(this.#proofs.proofOf(candidate, sealed, this.#clock.now(), turn) ?? random);
  }

  #nextTurn(identity: string): number {
    const last = this.#turns.get(identity);
    const turn = last === undefined ? 0 : last.turn + (last.proven ? 0 : 1);
    if (this.#turns.size >= MOST_TURNS) this.#turns.clear();
    this.#turns.set(identity, { turn, proven: false });
    return turn;
  }

  /** The device has logged in behind that handshake. */
  proven(identity: string): void {
    const last = this.#turns.get(identity);
    if (last !== undefined) this.#turns.set(identity, { ...last, proven: true });
  }
}
