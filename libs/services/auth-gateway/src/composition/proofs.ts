import {
  createDistributionOpener,
  createDistributionSealer,
  type GatewayKeys,
} from '@tallystick/application';
import type { Ids } from '@tallystick/ports';
import { nodeHasher, type Hasher } from '../decide/hasher.ts';
import { ProofChecker, type SealedSecrets } from '../decide/proof.ts';

const DUMMY_KEY = '-/-/-';
const SECRET_CHARACTERS = 22;

/**
 * The secret that stands in where there is none: sealed like any other, so that it costs as much to
 * open.
 */
function sealDummy(epochKeys: GatewayKeys, ids: Ids): SealedSecrets {
  const sealer = createDistributionSealer({ epochKey: epochKeys[0], ids });
  const plaintext = Buffer.from(ids.token(SECRET_CHARACTERS));
  const secret = { version: 0, sealed: sealer.seal(DUMMY_KEY, 0, 0, plaintext), expiresAt: null };
  return { recordKey: DUMMY_KEY, generation: 0, keyEpoch: sealer.keyEpoch, secrets: [secret] };
}

export function createProofChecker(
  epochKeys: GatewayKeys,
  ids: Ids,
  hasher: Hasher = nodeHasher,
): ProofChecker {
  return new ProofChecker(createDistributionOpener(epochKeys), hasher, sealDummy(epochKeys, ids));
}
