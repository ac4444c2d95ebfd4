import { PRODUCT_GENERATION, type DistributedSecret } from '@tallystick/contracts';
import type { SecretVersion } from '@tallystick/domain';
import type { SealedSecret } from '@tallystick/ports';
import { parseGatewayCopy, type SealedFor } from '../secrets/distribution.ts';
import type { Folded } from './folded.ts';
import { createRecent } from './recent.ts';

/** The sides of the two secret hierarchies that the relay stands between. */
export interface TruthSecrets {
  /** Ids that are unknown or erased are left out. */
  find(secretIds: readonly string[]): Promise<readonly SealedSecret[]>;
  /** Throws where it does not open. */
  openRow(row: SealedSecret): Uint8Array;
}

export interface GatewaySecrets {
  readonly keyEpoch: number;
  /** The name of the key that it seals under. */
  readonly keyName: string;
  /** Base64; bound to record key, generation and version. */
  seal(recordKey: string, generation: number, version: number, plaintext: Uint8Array): string;
}

export interface SecretSealing {
  readonly keyEpoch: number;
  /**
   * Finds what is not known yet, then answers for each of them, newest secret first. An erased
   * secret is left out.
   */
  sealAll(folded: readonly Folded[]): Promise<(of: Folded) => readonly DistributedSecret[]>;
  forget(): void;
}

interface Wanted extends SealedFor {
  readonly secretId: string;
}

interface Sealable {
  readonly generation: number;
  readonly secrets: readonly SecretVersion[];
}

const NONE: Sealable = { generation: PRODUCT_GENERATION, secrets: [] };

function sealableOf({ identity }: Folded): Sealable {
  if (identity.state.status === 'absent') return NONE;
  const generation =
    'generation' in identity.state ? identity.state.generation : PRODUCT_GENERATION;
  return { generation, secrets: identity.state.secrets };
}

function wantedOf(of: Folded): readonly Wanted[] {
  const { generation, secrets } = sealableOf(of);
  const recordKey = of.key;
  return secrets.map(({ version, secretId }) => ({ secretId, recordKey, generation, version }));
}

/**
 * The copy that was written with the secret, where it is for exactly this; null: there is none
 * such.
 */
function fittingCopy({ forGateways }: SealedSecret, wanted: SealedFor, keyName: string) {
  const copy = forGateways === null ? null : parseGatewayCopy(forGateways);
  const { generation, version } = wanted;
  const fits =
    copy?.keyName === keyName && copy.generation === generation && copy.version === version;
  return fits ? copy.sealed : null;
}

/**
 * The copy of a secret that is published: the one that its writer made, else the secret opened and
 * sealed again.
 */
function createSealOne(truth: TruthSecrets, gateways: GatewaySecrets) {
  return (row: SealedSecret, wanted: SealedFor): string => {
    const copy = fittingCopy(row, wanted, gateways.keyName);
    if (copy !== null) return copy;
    const { recordKey, generation, version } = wanted;
    return gateways.seal(recordKey, generation, version, truth.openRow(row));
  };
}

export function createSecretSealing(
  truth: TruthSecrets,
  gateways: GatewaySecrets,
  capacity: number,
): SecretSealing {
  // A secret id names one secret of one version and life for ever, so what it was sealed to stays
  // right.
  const known = createRecent<string>(capacity);
  const sealOne = createSealOne(truth, gateways);

  function sealedOf(batch: ReadonlyMap<string, string>, of: Folded): DistributedSecret[] {
    return sealableOf(of).secrets.flatMap(({ version, secretId, expiresAt }) => {
      const sealed = batch.get(secretId);
      return sealed === undefined ? [] : [{ version, sealed, expiresAt }];
    });
  }

  return {
    keyEpoch: gateways.keyEpoch,
    async sealAll(folded) {
      const batch = new Map<string, string>();
      const unknown = folded.flatMap(wantedOf).filter(({ secretId }) => {
        const sealed = known.get(secretId);
        if (sealed !== undefined) batch.set(secretId, sealed);
        return sealed === undefined;
      });
      const found = await truth.find(unknown.map(({ secretId }) => secretId));
      const rows = new Map(found.map((row) => [row.secretId, row]));
      for (const wanted of unknown) {
        const row = rows.get(wanted.secretId);
        if (row === undefined) continue;
        const sealed = sealOne(row, wanted);
        batch.set(wanted.secretId, sealed);
        known.set(wanted.secretId, sealed);
      }
      return (of) => sealedOf(batch, of);
    },
    forget: () => {
      known.clear();
    },
  };
}
