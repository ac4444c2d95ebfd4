import { toProductDocument, type ProductDocument } from '@tallystick/contracts';
import { completePolicy, type LiveProduct, type WrittenPolicy } from '@tallystick/domain';
import type { SqlDatabase, SqlRow } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import { fromCursor, toPage } from './cursor.ts';
import type { IdentityQueries } from './queries.types.ts';

type ProductQueries = Pick<IdentityQueries, 'findProduct' | 'listProducts'>;

const COLUMNS = 'product_key, created_at, revision, state';
const START = [Number.MIN_SAFE_INTEGER, ''] as const;

/** A row of an earlier release may hold a part of the policy. */
type KeptProduct = Omit<LiveProduct, keyof WrittenPolicy> & WrittenPolicy;

function toDocument(row: SqlRow): ProductDocument {
  const kept = json<KeptProduct>(row, 'state');
  return toProductDocument(completePolicy(kept), number(row, 'revision'));
}

/** The database counts both in the same way: one that was made without UTF-8 counts bytes. */
const begins = (column: string): string =>
  `substr(${column}, 1, length(CAST(? AS TEXT))) = CAST(? AS TEXT)`;

export function createProductQueries(db: SqlDatabase): ProductQueries {
  return {
    findProduct: (tenant, productKey) =>
      db.read(async (session) => {
        const sql = `SELECT ${COLUMNS} FROM products WHERE product_key = ? AND tenant = ?`;
        const [row] = await session.all(sql, [productKey, tenant]);
        return row === undefined ? null : toDocument(row);
      }),
    listProducts: async (tenant, limit, cursor = null, q = '') => {
      const from = cursor === null ? START : fromCursor(cursor, START);
      if (from === null) return null;
      const sql = `SELECT ${COLUMNS} FROM products WHERE tenant = ? AND (created_at, product_key) > (?, ?)
        AND (${begins('product_key')} OR ${begins('name')}) ORDER BY created_at, product_key LIMIT ?`;
      const params = [tenant, ...from, q, q, q, q, limit + 1];
      const rows = await db.read((session) => session.all(sql, params));
      return toPage(rows, limit, toDocument, (row) => [
        number(row, 'created_at'),
        text(row, 'product_key'),
      ]);
    },
  };
}
