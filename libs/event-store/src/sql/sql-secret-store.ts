import type { SealedSecret, SecretStore, SqlDatabase } from '@tallystick/ports';
import { bytes, number, text, textOrNull } from './rows.ts';

const INSERT = `INSERT INTO secrets (secret_id, owner, sealed, wrapped_data_key, key_id, for_gateways, created_at)
  VALUES (?,?,?,?,?,?,?) ON CONFLICT (secret_id) DO NOTHING`;
const PAGE = `SELECT secret_id, owner, created_at FROM secrets WHERE secret_id > ? ORDER BY secret_id LIMIT ?`;
const PART = 500;

const marksOf = (part: readonly unknown[]): string => part.map(() => '?').join(',');

function createPages(db: SqlDatabase): Pick<SecretStore, 'listAfter' | 'deleteRows'> {
  return {
    listAfter: async (secretId, limit) => {
      const rows = await db.read((session) => session.all(PAGE, [secretId, limit]));
      return rows.map((row) => ({
        secretId: text(row, 'secret_id'),
        owner: text(row, 'owner'),
        createdAt: number(row, 'created_at'),
      }));
    },
    deleteRows: (secretIds) =>
      db.write(async (session) => {
        let deleted = 0;
        for (let at = 0; at < secretIds.length; at += PART) {
          const part = secretIds.slice(at, at + PART);
          const sql = `DELETE FROM secrets WHERE secret_id IN (${marksOf(part)})`;
          deleted += await session.run(sql, part);
        }
        return deleted;
      }),
  };
}

/**
 * Sealed secrets in a table beside the store. A row inserted twice (a repeated call) stands once.
 */
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
            row.forGateways,
            row.createdAt,
          ]);
      }),
    find: (secretIds) =>
      db.read(async (session) => {
        const found: SealedSecret[] = [];
        for (let at = 0; at < secretIds.length; at += PART) {
          const part = secretIds.slice(at, at + PART);
          const sql = `SELECT * FROM secrets WHERE secret_id IN (${marksOf(part)})`;
          const rows = await session.all(sql, part);
          for (const row of rows)
            found.push({
              secretId: text(row, 'secret_id'),
              owner: text(row, 'owner'),
              sealed: bytes(row, 'sealed'),
              wrappedDataKey: bytes(row, 'wrapped_data_key'),
              keyId: text(row, 'key_id'),
              forGateways: textOrNull(row, 'for_gateways'),
              createdAt: number(row, 'created_at'),
            });
        }
        return found;
      }),
    deleteOf: (owner) =>
      db.write((session) => session.run('DELETE FROM secrets WHERE owner = ?', [owner])),
    ...createPages(db),
  };
}
