import type { SealedSecret, SecretStore, SqlDatabase } from '@tallystick/ports';
import { bytes, number, text } from './rows.ts';

const INSERT = `INSERT INTO secrets (secret_id, owner, sealed, wrapped_data_key, key_id, created_at) VALUES (?,?,?,?,?,?)
  ON CONFLICT (secret_id) DO NOTHING`;
const PART = 500;

/** Sealed secrets in a table beside the store. A row inserted twice (a repeated call) stands once. */
export function createSqlSecretStore(db: SqlDatabase): SecretStore {
  return {
    insert: (rows) =>
      db.write(async (session) => {
        for (const row of rows)
          await session.run(INSERT, [
            row.secretId,
            row.owner,
            row.sealed,
            row.wrappedDataKey,
            row.keyId,
            row.createdAt,
          ]);
      }),
    find: (secretIds) =>
      db.read(async (session) => {
        const found: SealedSecret[] = [];
        for (let at = 0; at < secretIds.length; at += PART) {
          const part = secretIds.slice(at, at + PART);
          const marks = part.map(() => '?').join(',');
          const rows = await session.all(
            `SELECT * FROM secrets WHERE secret_id IN (${marks})`,
            part,
          );
          for (const row of rows)
            found.push({
              secretId: text(row, 'secret_id'),
              owner: text(row, 'owner'),
              sealed: bytes(row, 'sealed'),
              wrappedDataKey: bytes(row, 'wrapped_data_key'),
              keyId: text(row, 'key_id'),
              createdAt: number(row, 'created_at'),
            });
        }
        return found;
      }),
    deleteOf: (owner) =>
      db.write((session) => session.run('DELETE FROM secrets WHERE owner = ?', [owner])),
  };
}
