import type { TenantDocument, TokenDocument } from '@tallystick/contracts';
import type { LiveTenant, LiveToken } from '@tallystick/domain';
import { toRfc3339 } from '@tallystick/kernel';
import type { SqlDatabase, SqlRow } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import { fromCursor, toPage } from './cursor.ts';
import type { IdentityQueries } from './queries.types.ts';

type PlatformQueries = Pick<IdentityQueries, 'listTenants' | 'listTokens' | 'countTokens'>;

const START = [Number.MIN_SAFE_INTEGER, ''] as const;

function toTenant(row: SqlRow): TenantDocument {
  const { tenant, name, deviceKeyScope, createdAt } = json<LiveTenant>(row, 'state');
  return { tenant, name, deviceKeyScope, createdAt: toRfc3339(createdAt) };
}

function toToken(row: SqlRow): Omit<TokenDocument, 'lastUsedAt'> {
  const { tokenId, name, scopes, tenant, createdAt, expiresAt } = json<LiveToken>(row, 'state');
  return {
    ...{ id: tokenId, name, scopes: [...scopes], tenant, createdAt: toRfc3339(createdAt) },
    expiresAt: expiresAt === null ? null : toRfc3339(expiresAt),
  };
}

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
