import type { SqlDatabase, SqlRow, SqlSession, SqlValue } from '@tallystick/ports';
import { boundedText } from './bounded-text.ts';

export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** The leading columns that make a row unique. */
  readonly keyColumns: number;
  /**
   * Columns of JSON, which is kept whole; every other text is bounded, so that no value stops a
   * view.
   */
  readonly documents?: readonly string[];
}

/** The table of the same form in another place. */
export function tableAt(table: Table, place: string): Table {
  return place === '' ? table : { ...table, name: `${table.name}${place}` };
}

/** Bounds the parameters of a statement, in PostgreSQL and SQLite alike. */
const MOST_ROWS = 64;
const MOST_NEW_ROWS = 250;
const made = new Map<string, string>();

function remember(name: string, make: () => string): string {
  const known = made.get(name);
  if (known !== undefined) return known;
  const sql = make();
  made.set(name, sql);
  return sql;
}

function repeat(part: string, times: number): string {
  return Array.from({ length: times }, () => part).join(',');
}

/** The largest power of two that fits: few different statements are ever prepared. */
function sizeOf(left: number): number {
  return Math.min(MOST_ROWS, 2 ** Math.floor(Math.log2(left)));
}

function upsertOf({ name, columns, keyColumns }: Table, rows: number): string {
  return remember(`${name} ${rows}`, () => {
    const row = `(${repeat('?', columns.length)})`;
    const changed = columns.slice(keyColumns).map((column) => `${column} = excluded.${column}`);
    return `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${repeat(row, rows)}
      ON CONFLICT (${columns.slice(0, keyColumns).join(', ')}) DO ${
        changed.length === 0 ? 'NOTHING' : `UPDATE SET ${changed.join(', ')}`
      }`;
  });
}

function storable({ columns, documents = [] }: Table, row: readonly SqlValue[]): SqlValue[] {
  return row.map((value, at) =>
    typeof value === 'string' && !documents.includes(columns[at] ?? '')
      ? boundedText(value)
      : value,
  );
}

/** Writes whole rows, whether they stood there or not. No two may have the same key. */
export async function upsert(
  session: SqlSession,
  table: Table,
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  for (let at = 0; at < rows.length;) {
    const size = sizeOf(rows.length - at);
    await session.run(
      upsertOf(table, size),
      rows.slice(at, at + size).flatMap((row) => storable(table, row)),
    );
    at += size;
  }
}

/**
 * Writes rows that do not stand there yet. PostgreSQL takes them as one document: half of what as
 * many parameters cost it, and us.
 */
export async function insertNew(
  session: SqlSession,
  dialect: SqlDatabase['dialect'],
  table: Table,
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  const { name, columns } = table;
  const document = `INSERT INTO ${name} (${columns.join(', ')})
    SELECT ${columns.join(', ')} FROM json_populate_recordset(CAST(NULL AS ${name}), CAST(? AS json))`;
  const row = `(${repeat('?', columns.length)})`;
  for (let at = 0; at < rows.length;) {
    const left = rows.length - at;
    const size = left >= MOST_NEW_ROWS ? MOST_NEW_ROWS : sizeOf(left);
    const part = rows.slice(at, at + size).map((values) => storable(table, values));
    if (dialect === 'postgres') await session.run(document, [toDocument(columns, part)]);
    else {
      const values = `INSERT INTO ${name} (${columns.join(', ')}) VALUES `;
      await session.run(
        remember(`new ${name} ${size}`, () => `${values}${repeat(row, size)}`),
        part.flat(),
      );
    }
    at += size;
  }
}

function toDocument(columns: readonly string[], rows: readonly SqlValue[][]): string {
  return JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map((column, nth) => [column, row[nth]]))),
  );
}

async function inParts(
  keys: readonly string[],
  work: (marks: string, part: readonly string[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < keys.length;) {
    const size = sizeOf(keys.length - at);
    await work(repeat('?', size), keys.slice(at, at + size).map(boundedText));
    at += size;
  }
}

export async function selectByKeys(
  session: SqlSession,
  select: string,
  keys: readonly string[],
): Promise<readonly SqlRow[]> {
  const found: SqlRow[] = [];
  await inParts(keys, async (marks, part) => {
    found.push(...(await session.all(`${select} IN (${marks})`, part)));
  });
  return found;
}

export async function deleteByKeys(
  session: SqlSession,
  from: string,
  keys: readonly string[],
): Promise<void> {
  await inParts(keys, async (marks, part) => {
    await session.run(`DELETE FROM ${from} IN (${marks})`, part);
  });
}
