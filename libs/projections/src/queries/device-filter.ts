import type { SqlDatabase, SqlSession, SqlValue } from '@tallystick/ports';
import { number, text } from '../stores/sql/rows.ts';
import type { DeviceFilter } from './queries.types.ts';

/** Part of the order of name keys: greater than `after`, less than `before`. */
export interface Range {
  readonly after: string;
  readonly before: string;
}

/** One thing that is asked of a device, answered from an index in the order of name keys. */
export interface Condition {
  readonly table: string;
  /** What must hold of the table's row; `$` stands for its alias. */
  readonly holds: string;
  readonly params: readonly SqlValue[];
}

/** Follows every character that a key or an id may have. */
const BEYOND = '~';
const LAST_OF_ASCII = '\u007f';

/** '0' follows '/': the first name that no longer begins so. */
export function rangeOf(prefix: string): Range {
  return { after: prefix, before: `${prefix.slice(0, -1)}0` };
}

const laterOf = (a: string, b: string): string => (a > b ? a : b);

/** The part of a range whose names begin so: the prefix itself may be such a name. */
export function beginning(prefix: string, range: Range): Range {
  const last = prefix.charCodeAt(prefix.length - 1);
  const justBefore = `${prefix.slice(0, -1)}${String.fromCharCode(last - 1)}${LAST_OF_ASCII}`;
  return { after: laterOf(range.after, justBefore), before: `${prefix}${BEYOND}` };
}

export const prefixRange = (prefix: string): readonly [string, string] => [
  prefix,
  `${prefix}${BEYOND}`,
];

/** What holds of every device. */
export const EVERY: Condition = { table: 'devices', holds: '1 = 1', params: [] };

function keyedBy(condition: Condition, alias: string): string {
  return condition.holds.replaceAll('$', alias);
}

export function conditionsOf(filter: DeviceFilter): readonly Condition[] {
  const { tenant, productKey, deviceKey, status, tags = {} } = filter;
  const conditions = Object.entries(tags).map(([name, value]) => ({
    ...{ table: 'device_tags', holds: '$.name = ? AND $.value = ?', params: [name, value] },
  }));
  const byStatus = { table: 'fleet', holds: '$.tenant = ? AND $.status = ?' };
  const byKey = { table: 'devices', holds: '$.tenant = ? AND $.device_key = ?' };
  return [
    ...(deviceKey === undefined || productKey !== undefined
      ? []
      : [{ ...byKey, params: [tenant, deviceKey] }]),
    ...conditions,
    ...(status === undefined ? [] : [{ ...byStatus, params: [tenant, status] }]),
  ];
}

/** How many rows of the range the condition picks, `most` at most. */
export async function countUpTo(
  session: SqlSession,
  condition: Condition,
  range: Range,
  most: number,
): Promise<number> {
  const sql = `SELECT COUNT(*) AS found FROM (SELECT 1 FROM ${condition.table} c
    WHERE ${keyedBy(condition, 'c')} AND c.name_key > ? AND c.name_key < ? LIMIT ?) AS picked`;
  const params = [...condition.params, range.after, range.before, most];
  const [row] = await session.all(sql, params);
  return row === undefined ? 0 : number(row, 'found');
}

interface Also {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** That these hold as well of the row whose name key is `key`. */
export function also(conditions: readonly Condition[], key: string): Also {
  const parts = conditions.map(
    (condition, index) =>
      ` AND EXISTS (SELECT 1 FROM ${condition.table} a${index} WHERE a${index}.name_key = ${key}
        AND ${keyedBy(condition, `a${index}`)})`,
  );
  return { sql: parts.join(''), params: conditions.flatMap(({ params }) => params) };
}

/** Whether a device's key or id begins so; `$` stands for its alias. */
export function begins(q: string | undefined, alias: string): Also {
  if (q === undefined) return { sql: '', params: [] };
  const [from, to] = prefixRange(q);
  return {
    sql: ` AND (${alias}.device_key >= ? AND ${alias}.device_key < ? OR ${alias}.device_id >= ? AND ${alias}.device_id < ?)`,
    params: [from, to, from, to],
  };
}

export async function keysOf(
  session: SqlSession,
  sql: string,
  params: readonly SqlValue[],
): Promise<readonly string[]> {
  return (await session.all(sql, params)).map((row) => text(row, 'name_key'));
}

export type Conditions = readonly [Condition, ...Condition[]];

/**
 * SQLite takes the unique index for an equality and reads each row; between two bounds it takes the
 * one that holds all that is asked. PostgreSQL takes that by itself.
 */
const SAME_NAME = {
  sqlite: 'd.name_key >= c.name_key AND d.name_key <= c.name_key',
  postgres: 'd.name_key = c.name_key',
} as const;

/** What is looked for beside the conditions, and in which dialect. */
export interface Prefix {
  readonly q: string | undefined;
  readonly dialect: SqlDatabase['dialect'];
}

interface Asked {
  readonly prefix?: Prefix;
  readonly range: Range;
  readonly limit: number;
}

/** In order, those of the range that the first condition picks and all others hold of. */
export function pickBy(
  session: SqlSession,
  [first, ...others]: Conditions,
  { prefix: asked, range, limit }: Asked,
): Promise<readonly string[]> {
  const more = also(others, 'c.name_key');
  const isDevice = first.table === 'devices';
  const prefix = begins(asked?.q, isDevice ? 'c' : 'd');
  const joined =
    asked?.q === undefined || isDevice ? '' : `JOIN devices d ON ${SAME_NAME[asked.dialect]}`;
  return keysOf(
    session,
    `SELECT c.name_key AS name_key FROM ${first.table} c ${joined}
     WHERE ${keyedBy(first, 'c')} AND c.name_key > ? AND c.name_key < ?${prefix.sql}${more.sql}
     ORDER BY c.name_key LIMIT ?`,
    [...first.params, range.after, range.before, ...prefix.params, ...more.params, limit],
  );
}

/** The name that stands `rows` further in what the condition picks; null: there are fewer. */
export async function placeAfter(
  session: SqlSession,
  first: Condition,
  { after, before }: Range,
  rows: number,
): Promise<string | null> {
  const sql = `SELECT c.name_key AS name_key FROM ${first.table} c
    WHERE ${keyedBy(first, 'c')} AND c.name_key > ? AND c.name_key < ? ORDER BY c.name_key LIMIT 1 OFFSET ?`;
  const [end = null] = await keysOf(session, sql, [...first.params, after, before, rows]);
  return end;
}
