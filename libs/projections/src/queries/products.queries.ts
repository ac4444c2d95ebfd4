import { toProductDocument, type ProductDocument } from '@tallystick/contracts';
import { silenceCountsOf, type LiveProduct } from '@tallystick/domain';
import type { SqlDatabase, SqlRow } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import { fromCursor, toPage } from './cursor.ts';
import type { IdentityQueries } from './queries.types.ts';

type ProductQueries = Pick<IdentityQueries, 'findProduct' | 'listProducts'>;

const COLUMNS = 'product_key, created_at, revision, state';
const START = [Number.MIN_SAFE_INTEGER, ''] as const;

/** Rows of earlier releases do not say what counts: then it is its dialect's default. */
type KeptProduct = Omit<LiveProduct, 'silenceCounts'> & Partial<Pick<LiveProduct, 'silenceCounts'>>;

function toDocument(row: SqlRow): ProductDocument {
  const kept = json<KeptProduct>(row, 'state');
  const silenceCounts = kept.silenceCounts ?? silenceCountsOf(kept.dialect);
  return toProductDocument({ ...kept, silenceCounts }, number(row, 'revision'));
}

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
        AND (substr(product_key, 1, ?) = ? OR substr(name, 1, ?) = ?) ORDER BY created_at, product_key LIMIT ?`;
      // In characters, as databases count them.
      const begins = [[...q].length, q];
      const params = [tenant, ...from, ...begins, ...begins, limit + 1];
      const rows = await db.read((session) => session.all(sql, params));
      return toPage(rows, limit, toDocument, (row) => [
        number(row, 'created_at'),
        text(row, 'product_key'),
      ]);
    },
  };
}
