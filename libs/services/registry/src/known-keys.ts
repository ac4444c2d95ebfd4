import { fingerprintOf, type GatewayKeys, type KeyRing } from '@tallystick/application';
import { PortError } from '@tallystick/kernel';
import type { SqlDatabase, SqlRow } from '@tallystick/ports';
import { createTables } from './tables.ts';

const SCHEMA = `CREATE TABLE IF NOT EXISTS registry_keys (
  ring TEXT NOT NULL, name TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (ring, name))`;

interface NamedKey {
  readonly ring: keyof typeof RINGS;
  readonly name: string;
  readonly fingerprint: string;
}

/** Which setting names the file, and what is lost with it. */
const RINGS = {
  'key-ring': { setting: 'TALLYSTICK_KEY_RING_FILE', seals: 'the secrets in this database' },
  gateway: {
    setting: 'TALLYSTICK_GATEWAY_KEYS_FILE',
    seals: 'the credentials that the gateways were given',
  },
} as const;

export interface Keys {
  readonly keyRing: KeyRing;
  readonly epochKeys: GatewayKeys;
}

function namedKeys({ keyRing, epochKeys }: Keys): readonly NamedKey[] {
  const ring = keyRing.map(({ id, key }) => ({ ring: 'key-ring', name: id, key }) as const);
  const epochs = epochKeys.map(
    ({ epoch, key }) => ({ ring: 'gateway', name: String(epoch), key }) as const,
  );
  return [...ring, ...epochs].map(({ key, ...of }) => ({
    ...of,
    fingerprint: fingerprintOf(key, 'known key', 32),
  }));
}

function differs({ ring, name, fingerprint }: NamedKey, known: readonly SqlRow[]): boolean {
  const row = known.find((one) => one['ring'] === ring && one['name'] === name);
  return row !== undefined && row['fingerprint'] !== fingerprint;
}

function another({ ring, name }: NamedKey): PortError {
  const { setting, seals } = RINGS[ring];
  return new PortError(
    'misconfigured',
    `${setting}: key ${name} of this file is not the one that seals ${seals}. All registries of a database need the same file, and one that was lost must be put back from a copy`,
  );
}

/**
 * Notes the keys at their first use and refuses others of their names from then on. A lost file
 * would be created again under the old names, and so would a file in the HOME of a second registry.
 * Then nothing that the first keys sealed would open, and every known device would be refused for a
 * bad secret. Throws PortError `misconfigured`.
 */
export async function checkKnownKeys(sql: SqlDatabase, keys: Keys): Promise<void> {
  await createTables(sql, [SCHEMA]);
  const given = namedKeys(keys);
  await sql.write(async (session) => {
    for (const { ring, name, fingerprint } of given)
      await session.run(
        'INSERT INTO registry_keys (ring, name, fingerprint) VALUES (?, ?, ?) ON CONFLICT (ring, name) DO NOTHING',
        [ring, name, fingerprint],
      );
    const known = await session.all('SELECT ring, name, fingerprint FROM registry_keys');
    const wrong = given.find((key) => differs(key, known));
    // Thrown, it also takes back what was noted of a file that is refused.
    if (wrong !== undefined) throw another(wrong);
  });
}
