import { PRODUCT_GENERATION, type DistributedSecret } from '@tallystick/contracts';
import type { SecretVersion } from '@tallystick/domain';
import type { Folded } from './folded.ts';
import { createRecent } from './recent.ts';

/** The sides of the two secret hierarchies that the relay stands between. */
export interface TruthSecrets {
  /** By secret id; ids that are unknown or erased are left out. */
  open(secretIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

export interface GatewaySecrets {
  readonly keyEpoch: number;
  /** Base64; bound to record key, generation and version. */
  seal(recordKey: string, generation: number, version: number, plaintext: Uint8Array): string;
}

export interface SecretSealing {
  readonly keyEpoch: number;
  /** Opens and re-seals what is not known yet, then answers for each of them, newest secret first. An erased secret is left out. */
  sealAll(folded: readonly Folded[]): Promise<(of: Folded) => readonly DistributedSecret[]>;
  forget(): void;
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

export function createSecretSealing(
  truth: TruthSecrets,
  gateways: GatewaySecrets,
  capacity: number,
): SecretSealing {
  // A secret id names one secret of one version and life for ever, so what it was sealed to stays right.
  const known = createRecent<string>(capacity);

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
      const wanted = folded.flatMap((of) => {
        const { generation, secrets } = sealableOf(of);
        return secrets.map((secret) => ({ ...secret, generation, key: of.key }));
      });
      const unknown = wanted.filter(({ secretId }) => {
        const sealed = known.get(secretId);
        if (sealed !== undefined) batch.set(secretId, sealed);
        return sealed === undefined;
      });
      const opened = await truth.open(unknown.map(({ secretId }) => secretId));
      for (const { key, generation, version, secretId } of unknown) {
        const plaintext = opened.get(secretId);
        if (plaintext === undefined) continue;
        const sealed = gateways.seal(key, generation, version, plaintext);
        batch.set(secretId, sealed);
        known.set(secretId, sealed);
      }
      return (of) => sealedOf(batch, of);
    },
    forget: () => {
      known.clear();
    },
  };
}
