import type { SecretVersion } from '@tallystick/domain';
import { PortError, toRfc3339, type EpochMs } from '@tallystick/kernel';
import type { Ids } from '@tallystick/ports';
import type { SecretVault } from '../secrets/secret-vault.ts';

/** As GET …/secret shows it. */
export interface ShownSecret {
  readonly secretVersion: number;
  readonly secret: string;
  readonly expiresAt: string | null;
}

/** A secret on its way into the vault: sealed at once, written at most once, and only when a decision names it. */
export interface NewSecret {
  readonly plaintext: string;
  readonly secretOrigin: 'given' | 'allocated';
  readonly secretId: string;
  put(): Promise<void>;
}

export function newSecret(
  vault: SecretVault,
  ids: Ids,
  owner: string,
  given: string | undefined,
): NewSecret {
  // 22 of 62 characters carry 131 bits.
  const plaintext = given ?? ids.token(22);
  const rows = vault.seal(owner, [Buffer.from(plaintext, 'utf8')]);
  const secretId = rows[0]?.secretId;
  if (secretId === undefined) throw new Error('the vault sealed nothing');
  let written = false;
  return {
    plaintext,
    secretOrigin: given === undefined ? 'allocated' : 'given',
    secretId,
    async put() {
      if (written) return;
      await vault.put(rows);
      written = true;
    },
  };
}

/** All versions that still hold, newest first. One that the vault has lost is PortError `corrupt`. */
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
