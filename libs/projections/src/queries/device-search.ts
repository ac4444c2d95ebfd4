import type { SqlDatabase, SqlSession } from '@tallystick/ports';
import { number } from '../stores/sql/rows.ts';
import {
  also,
  beginning,
  EVERY,
  keysOf,
  pickBy,
  placeAfter,
  prefixRange,
  type Conditions,
  type Range,
} from './device-filter.ts';

/** What a search looks for: a prefix, the order's part, how many rows, and what else must hold. */
export interface Search {
  readonly tenant: string;
  /** Only in this product. */
  readonly productKey: string | undefined;
  readonly q: string;
  readonly range: Range;
  readonly limit: number;
  readonly conditions: Conditions;
  readonly budgets: Budgets;
  readonly dialect: SqlDatabase['dialect'];
}

/** How many rows each way through the indexes may look at. */
export interface Budgets {
  /** Rows of a condition that are looked at one by one. */
  readonly few: number;
  /** Rows of the first look along the order: where many match, it is the only one. */
  readonly firstLook: number;
  readonly look: number;
  /** Names with such a key that are gathered and sorted, else {@link alongProducts}. */
  readonly keys: number;
  /** Ids stand in no order of the list but in their own index: more are worth gathering. */
  readonly ids: number;
  /** The same where more is asked of each. */
  readonly idsLookedAt: number;
}

interface Looked {
  readonly keys: readonly string[];
  /** Where it has looked up to; null: to the end. */
  readonly through: string | null;
}

async function look(
  session: SqlSession,
  { q, dialect, limit, conditions }: Search,
  range: Range,
  rows: number,
): Promise<Looked> {
  const through = await placeAfter(session, conditions[0], range, rows);
  const part = through === null ? range : { ...range, before: through };
  return {
    keys: await pickBy(session, conditions, { prefix: { q, dialect }, range: part, limit }),
    through,
  };
}

/** Looks through the range from there until the page is full. */
async function lookOn(
  session: SqlSession,
  search: Search,
  from: Looked,
): Promise<readonly string[]> {
  let { keys, through } = from;
  while (through !== null && keys.length < search.limit) {
    // What was looked at ends just before that name.
    const range = beginning(through, search.range);
    const next = await look(
      session,
      search,
      { ...range, before: search.range.before },
      search.budgets.look,
    );
    keys = [...keys, ...next.keys];
    ({ through } = next);
  }
  return keys.slice(0, search.limit);
}

type Column = 'device_key' | 'device_id';

async function isFew(
  session: SqlSession,
  { tenant, q }: Search,
  column: Column,
  most: number,
): Promise<boolean> {
  const sql = `SELECT COUNT(*) AS found FROM (SELECT 1 FROM devices
    WHERE tenant = ? AND ${column} >= ? AND ${column} < ? LIMIT ?) AS picked`;
  const [row] = await session.all(sql, [tenant, ...prefixRange(q), most + 1]);
  return row === undefined || number(row, 'found') <= most;
}

/**
 * Gathers the few and sorts them. An order that is the outcome of an expression keeps a database
 * that counts no rows from reading the whole list in that order.
 */
function gathered(column: Column): string {
  return `SELECT name_key FROM devices WHERE tenant = ? AND ${column} >= ? AND ${column} < ?
    AND name_key || '' > ? AND name_key || '' < ? ORDER BY name_key || ''`;
}

async function gather(
  session: SqlSession,
  { tenant, q, range, limit, conditions, budgets }: Search,
  column: Column,
): Promise<readonly string[]> {
  const asked = conditions.filter((condition) => condition !== EVERY);
  const more = also(asked, 'g.name_key');
  const sorted = `${gathered(column)} LIMIT ?`;
  const sql = `SELECT g.name_key AS name_key FROM (${sorted}) g WHERE 1 = 1${more.sql} ORDER BY g.name_key LIMIT ?`;
  const rows = asked.length === 0 ? limit : budgets.look;
  const keys: string[] = [];
  for (let { after } = range; keys.length < limit;) {
    const params = [tenant, ...prefixRange(q), after, range.before];
    keys.push(...(await keysOf(session, sql, [...params, rows, ...more.params, limit])));
    const end = `${gathered(column)} LIMIT 1 OFFSET ?`;
    const [last] = await keysOf(session, end, [...params, rows - 1]);
    if (last === undefined) break;
    after = last;
  }
  return keys;
}

/** The names of one product whose key begins so stand side by side in the list. */
function ofProduct(
  session: SqlSession,
  { tenant, q, range, conditions }: Search,
  productKey: string,
  limit: number,
): Promise<readonly string[]> {
  const part = beginning(`${tenant}/${productKey}/${q}`, range);
  return pickBy(session, conditions, { range: part, limit });
}

/** From product to product until the page is full. */
async function alongProducts(session: SqlSession, search: Search): Promise<readonly string[]> {
  const { tenant, range, limit } = search;
  const keys: string[] = [];
  for (let { after } = range; keys.length < limit;) {
    const next = await placeAfter(session, EVERY, { ...range, after }, 0);
    const productKey = next?.split('/')[1];
    if (productKey === undefined) break;
    keys.push(...(await ofProduct(session, search, productKey, limit - keys.length)));
    after = `${tenant}/${productKey}0`;
  }
  return keys;
}

async function byKey(session: SqlSession, search: Search): Promise<readonly string[]> {
  const { productKey, limit, budgets } = search;
  if (productKey !== undefined) return ofProduct(session, search, productKey, limit);
  const few = await isFew(session, search, 'device_key', budgets.keys);
  return few ? gather(session, search, 'device_key') : alongProducts(session, search);
}

/**
 * Devices whose key or id begins so, in the order of the list. No one index gives that order for a
 * prefix, so: where many match, they are met along the list; few are gathered and sorted.
 */
export async function searchKeys(session: SqlSession, search: Search): Promise<readonly string[]> {
  const { budgets, conditions } = search;
  const first = await look(session, search, search.range, budgets.firstLook);
  if (first.through === null || first.keys.length >= search.limit) return first.keys;
  const most = conditions[0] === EVERY ? budgets.ids : budgets.idsLookedAt;
  if (!(await isFew(session, search, 'device_id', most))) return lookOn(session, search, first);
  const found = [
    ...(await byKey(session, search)),
    ...(await gather(session, search, 'device_id')),
  ];
  // Code units of ASCII stand in the order of their bytes.
  return [...new Set(found)].sort((a, b) => (a < b ? -1 : 1)).slice(0, search.limit);
}
