import type {
  SealedSecret,
  SecretStore,
  SqlDatabase,
  SqlSession,
  SqlValue,
} from '@tallystick/ports';
import { marksOf } from './in-parts.ts';
import { createInsert } from './insert-rows.ts';
import { bytes, number, text, textOrNull } from './rows.ts';

const insertRows = createInsert({
  into: 'secrets',
  columns: [
    'secret_id',
    'owner',
    'sealed',
    'wrapped_data_key',
    'key_id',
    'for_gateways',
    'created_at',
  ],
  otherwise: 'ON CONFLICT (secret_id) DO NOTHING',
});

/** Inside a transaction of whoever writes more with them. */
export function insertSecrets(session: SqlSession, rows: readonly SealedSecret[]): Promise<void> {
  const values = rows.flatMap((row): SqlValue[] => [
    row.secretId,
    row.owner,
    row.sealed,
    row.wrappedDataKey,
    row.keyId,
    row.forGateways,
    row.createdAt,
  ]);
  return insertRows(session, values);
}

const PAGE = `SELECT secret_id, owner, created_at FROM secrets WHERE secret_id > ? ORDER BY secret_id LIMIT ?`;
const PART = 500;

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
    insert: (rows) => db.write((session) => insertSecrets(session, rows)),
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
