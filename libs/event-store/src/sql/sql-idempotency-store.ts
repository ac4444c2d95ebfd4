import type { IdempotencyStore, SqlDatabase } from '@tallystick/ports';
import { bytes, bytesOrNull, number, text } from './rows.ts';

const INSERT = `INSERT INTO idempotency (call_key, request_hash, plan, reply, created_at) VALUES (?,?,?,?,?)
  ON CONFLICT (call_key) DO NOTHING`;

/** What was promised under an Idempotency-Key, in a table beside the store. */
export function createSqlIdempotencyStore(db: SqlDatabase): IdempotencyStore {
  return {
    find: (key) =>
      db.read(async (session) => {
        const [row] = await session.all('SELECT * FROM idempotency WHERE call_key = ?', [key]);
        if (row === undefined) return null;
        return {
          key: text(row, 'call_key'),
          requestHash: text(row, 'request_hash'),
          plan: bytes(row, 'plan'),
          reply: bytesOrNull(row, 'reply'),
          createdAt: number(row, 'created_at'),
        };
      }),
    insert: async ({ key, requestHash, plan, reply, createdAt }) =>
      (await db.write((session) =>
        session.run(INSERT, [key, requestHash, plan, reply, createdAt]),
      )) === 1,
    complete: async (key, reply) => {
      await db.write((session) =>
        session.run('UPDATE idempotency SET reply = ? WHERE call_key = ?', [reply, key]),
      );
    },
    remove: async (key) => {
      await db.write((session) =>
        session.run('DELETE FROM idempotency WHERE call_key = ? AND reply IS NULL', [key]),
      );
    },
    deleteOlderThan: (createdBefore) =>
      db.write((session) =>
        session.run('DELETE FROM idempotency WHERE created_at < ?', [createdBefore]),
      ),
  };
}
