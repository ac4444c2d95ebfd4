import { deviceRecordKey, PRODUCT_GENERATION, productRecordKey } from '@tallystick/contracts';
import type { LiveDevice, LiveProduct, SecretForm, SecretVersion } from '@tallystick/domain';
import { PortError, toRfc3339, type EpochMs } from '@tallystick/kernel';
import type { Ids } from '@tallystick/ports';
import { sealGatewayCopy, type SealedFor } from '../secrets/distribution.ts';
import type { SecretVault } from '../secrets/secret-vault.ts';
import type { Parts } from './parts.ts';

/** As GET …/secret shows it. */
export interface ShownSecret {
  readonly secretVersion: number;
  readonly secret: string;
  readonly expiresAt: string | null;
}

/**
 * A secret on its way into the vault: sealed at once, written at most once, and only when a
 * decision names it.
 */
export interface NewSecret {
  readonly plaintext: string;
  readonly secretOrigin: 'given' | 'allocated';
  readonly secretId: string;
  /**
   * `after`: the state that names it, for which it is sealed for the gateways. The first call's
   * stays, although a retry may decide on another life or version: the relay sees that it does not
   * fit.
   */
  put(after: LiveDevice | LiveProduct): Promise<void>;
}

function toSealedFor(after: LiveDevice | LiveProduct, secretId: string): SealedFor {
  const { tenant, productKey } = after;
  const version = after.secrets.find((secret) => secret.secretId === secretId)?.version;
  if (version === undefined) throw new Error('the decision does not name the new secret');
  return 'deviceKey' in after
    ? {
        recordKey: deviceRecordKey(tenant, productKey, after.deviceKey),
        generation: after.generation,
        version,
      }
    : {
        recordKey: productRecordKey(tenant, productKey),
        generation: PRODUCT_GENERATION,
        version,
      };
}

/** A secret as the platform makes one: 131 bits as 22 of 62 characters, or 128 bits as hex. */
export function allocateSecret(ids: Pick<Ids, 'token' | 'bytes'>, form: SecretForm): string {
  return form === 'token' ? ids.token(22) : Buffer.from(ids.bytes(16)).toString('hex');
}

export function newSecret(
  { vault, ids, sealer }: Pick<Parts, 'vault' | 'ids' | 'sealer'>,
  owner: string,
  given: string | undefined,
  form: SecretForm = 'token',
): NewSecret {
  const plaintext = given ?? allocateSecret(ids, form);
  const bytes = Buffer.from(plaintext, 'utf8');
  const [row] = vault.seal(owner, [bytes]);
  if (row === undefined) throw new Error('the vault sealed nothing');
  const { secretId } = row;
  let written = false;
  return {
    plaintext,
    secretOrigin: given === undefined ? 'allocated' : 'given',
    secretId,
    async put(after) {
      if (written) return;
      const forGateways = sealGatewayCopy(sealer, toSealedFor(after, secretId), bytes);
      await vault.put([{ ...row, forGateways }]);
      written = true;
    },
  };
}

/**
 * All versions that still hold, newest first. One that the vault has lost is PortError `corrupt`.
 */
export async function showSecrets(
  vault: SecretVault,
  secrets: readonly SecretVersion[],
  now: EpochMs,
): Promise<readonly ShownSecret[]> {
  const held = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  const opened = await vault.open(held.map(({ secretId }) => secretId));
  return held.map(({ secretId, version, expiresAt }) => {
    const bytes = opened.get(secretId);
    if (bytes === undefined) throw new PortError('corrupt', `secret ${secretId} is not there`);
    return {
      secretVersion: version,
      secret: Buffer.from(bytes).toString('utf8'),
      expiresAt: expiresAt === null ? null : toRfc3339(expiresAt),
    };
  });
}
