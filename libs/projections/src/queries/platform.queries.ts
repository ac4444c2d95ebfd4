import {
  toTenantDocument,
  toTokenState,
  type TenantDocument,
  type TokenDocument,
} from '@tallystick/contracts';
import type { LiveTenant, LiveToken } from '@tallystick/domain';
import type { SqlDatabase, SqlRow } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import { fromCursor, toPage } from './cursor.ts';
import type { IdentityQueries } from './queries.types.ts';

type PlatformQueries = Pick<IdentityQueries, 'listTenants' | 'listTokens' | 'countTokens'>;

const START = [Number.MIN_SAFE_INTEGER, ''] as const;

const toTenant = (row: SqlRow): TenantDocument => toTenantDocument(json<LiveTenant>(row, 'state'));
const toToken = (row: SqlRow): Omit<TokenDocument, 'lastUsedAt'> =>
  toTokenState(json<LiveToken>(row, 'state'));

export function createPlatformQueries(db: SqlDatabase): PlatformQueries {
  return {
    listTenants: async (limit, cursor = null) => {
      const from = cursor === null ? START : fromCursor(cursor, START);
      if (from === null) return null;
      const sql = `SELECT tenant, created_at, state FROM tenants WHERE (created_at, tenant) > (?, ?)
        ORDER BY created_at, tenant LIMIT ?`;
      const rows = await db.read((session) => session.all(sql, [...from, limit + 1]));
      return toPage(rows, limit, toTenant, (row) => [
        number(row, 'created_at'),
        text(row, 'tenant'),
      ]);
    },
    listTokens: async (tenant, limit, cursor = null) => {
      const from = cursor === null ? START : fromCursor(cursor, START);
      if (from === null) return null;
      const sql = `SELECT token_id, created_at, state FROM tokens WHERE tenant = ? AND (created_at, token_id) > (?, ?)
        ORDER BY created_at, token_id LIMIT ?`;
      const rows = await db.read((session) => session.all(sql, [tenant, ...from, limit + 1]));
      return toPage(rows, limit, toToken, (row) => [
        number(row, 'created_at'),
        text(row, 'token_id'),
      ]);
    },
    countTokens: (tenant) =>
      db.read(async (session) => {
        const sql = 'SELECT COUNT(*) AS n FROM tokens WHERE tenant = ?';
        const [row] = await session.all(sql, [tenant]);
        return row === undefined ? 0 : number(row, 'n');
      }),
  };
}
