import { randomBytes } from 'node:crypto';
import { parsePskIdentity, toPskKey, type PskIdentity } from '@tallystick/dialects';
import type { Clock } from '@tallystick/ports';
import type { ProofChecker } from '../decide/proof.ts';
import { secretsOfDevice } from '../decide/sealed-secrets.ts';
import { speaksDialect } from '../decide/subject.ts';
import type { ViewLookup } from '../view/view-lookup.ts';

const PROOF_BYTES = 32;

/** Where the identity names no device: its key costs the same and is never right. */
const NOBODY: PskIdentity = {
  ...{ productKey: '', deviceKey: '' },
  candidate: { scheme: 'hmac', algorithm: 'sha256', content: '' },
};

/** The device that a handshake has proven, from the identity that it used. */
export const pskDevice = (identity: string | null): PskIdentity | null =>
  identity === null ? null : (parsePskIdentity(identity) ?? NOBODY);

/**
 * The key with which a TLS-PSK handshake of this identity must be made. An identity that is unknown
 * or misshapen goes on with a random key: the handshake fails as with a wrong secret. A handshake
 * has one key: of two secrets that are valid at once it is that of the newest.
 */
export function pskOf(
  identity: string,
  { view, proofs, clock }: { view: ViewLookup; proofs: ProofChecker; clock: Pick<Clock, 'now'> },
): Uint8Array {
  const { productKey, deviceKey, candidate } = pskDevice(identity) ?? NOBODY;
  const product = view.product(productKey);
  const device = view.device(productKey, deviceKey);
  const usable = device !== null && speaksDialect(product, 'alibaba');
  const sealed = usable ? secretsOfDevice(device) : null;
  const random = randomBytes(PROOF_BYTES);
  return toPskKey(proofs.proofOf(candidate, sealed, clock.now()) ?? random);
}
