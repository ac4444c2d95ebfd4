import type { CollectUnnamed } from '@tallystick/application';
import type { SqlDatabase } from '@tallystick/ports';
import { createTables } from '../tables.ts';

const SCHEMA = `CREATE TABLE IF NOT EXISTS registry_secrets_checked (
  one INTEGER PRIMARY KEY CHECK (one = 1), checked_to TEXT NOT NULL)`;

/**
 * Collects secrets that no event names, a page a round; every registry goes on where another
 * stopped.
 */
export interface SecretsSweep {
  prepare(): Promise<void>;
  run(): Promise<void>;
}

export function createSecretsSweep(sql: SqlDatabase, collect: CollectUnnamed): SecretsSweep {
  const checkedTo = async (): Promise<string> => {
    const read = 'SELECT checked_to FROM registry_secrets_checked WHERE one = 1';
    const rows = await sql.read((session) => session.all(read));
    return String(rows[0]?.['checked_to'] ?? '');
  };
  const note = (secretId: string): Promise<number> =>
    sql.write((session) =>
      session.run(
        `INSERT INTO registry_secrets_checked (one, checked_to) VALUES (1, ?)
         ON CONFLICT (one) DO UPDATE SET checked_to = excluded.checked_to`,
        [secretId],
      ),
    );
  return {
    prepare: () => createTables(sql, [SCHEMA]),
    run: async () => {
      const after = await checkedTo();
      const through = await collect(after);
      if (through !== after) await note(through);
    },
  };
}
