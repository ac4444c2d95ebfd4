import type { SqlDatabase, SqlSession } from '@tallystick/ports';
import { text } from '../stores/sql/rows.ts';
import { createIndexesOf, createTableOf } from '../stores/sql/view-tables.ts';
import type { IdentityView, ViewTable } from '../views/view.types.ts';

const BESIDE = '_beside';
/** What was switched away and is not yet cleared. */
const OLD = '_old';
/** Rows of one transaction: what is deleted is overwritten, and that takes its time. */
const CLEARED_AT_ONCE = 5_000;

const tablesOf = (views: readonly IdentityView[]): readonly ViewTable[] =>
  views.flatMap(({ tables }) => tables);

export const keyType = (db: SqlDatabase): string =>
  db.dialect === 'postgres' ? 'TEXT COLLATE "C"' : 'TEXT';

export async function createBeside(
  session: SqlSession,
  db: SqlDatabase,
  views: readonly IdentityView[],
  mark: string,
): Promise<void> {
  for (const table of tablesOf(views)) {
    await session.run(createTableOf(table, BESIDE).replaceAll('?KEY', keyType(db)));
    if (table.indexed !== 'first') continue;
    for (const index of createIndexesOf(table, BESIDE, mark)) await session.run(index);
  }
}

/** What makes the indexes of these tables, one statement each. */
export function indexesBeside(
  views: readonly IdentityView[],
  mark: string,
  when: ViewTable['indexed'],
): readonly string[] {
  return tablesOf(views)
    .filter(({ indexed }) => indexed === when)
    .flatMap((table) => createIndexesOf(table, BESIDE, mark));
}

/** Tells the planner of the rows: what was asked of the old tables it must not guess anew. */
export async function analyzeBeside(
  session: SqlSession,
  db: SqlDatabase,
  views: readonly IdentityView[],
): Promise<void> {
  if (db.dialect === 'sqlite') return;
  for (const { name } of tablesOf(views)) await session.run(`ANALYZE ${name}${BESIDE}`);
}

/** The names of all tables there are. */
async function tableNames(session: SqlSession, db: SqlDatabase): Promise<ReadonlySet<string>> {
  const sql =
    db.dialect === 'sqlite'
      ? `SELECT name FROM sqlite_master WHERE type = 'table'`
      : `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`;
  return new Set((await session.all(sql)).map((row) => text(row, 'name')));
}

/** The tables that are asked make room for those beside; the transaction has all their locks. */
export async function switchTables(
  session: SqlSession,
  db: SqlDatabase,
  views: readonly IdentityView[],
): Promise<void> {
  const names = await tableNames(session, db);
  for (const { name } of tablesOf(views)) {
    if (names.has(name)) await session.run(`ALTER TABLE ${name} RENAME TO ${name}${OLD}`);
    await session.run(`ALTER TABLE ${name}${BESIDE} RENAME TO ${name}`);
  }
}

/** Never waits for those who read long enough to be taken for a deadlock: rather tried again. */
export async function lockTables(
  session: SqlSession,
  db: SqlDatabase,
  views: readonly IdentityView[],
): Promise<void> {
  if (db.dialect === 'sqlite') return;
  await session.all(`SELECT set_config('lock_timeout', '50ms', true)`);
  const names = await tableNames(session, db);
  for (const { name } of tablesOf(views))
    if (names.has(name)) await session.run(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`);
}

/** SQLite overwrites what it drops, all of it while nothing else is done: piece by piece then. */
async function emptyInParts(db: SqlDatabase, table: string, alive: () => void): Promise<void> {
  const indexes = await db.read((session) =>
    session.all(
      `SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`,
      [table],
    ),
  );
  for (const index of indexes)
    await db.write((session) => session.run(`DROP INDEX ${text(index, 'name')}`));
  const part = `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} LIMIT ${CLEARED_AT_ONCE})`;
  while ((await db.write((session) => session.run(part))) > 0) alive();
}

/** Nobody asks these any more, and nobody feeds them. */
async function leftOf(
  session: SqlSession,
  db: SqlDatabase,
  views: readonly IdentityView[],
): Promise<readonly string[]> {
  const names = await tableNames(session, db);
  return tablesOf(views)
    .flatMap(({ name }) => [`${name}${BESIDE}`, `${name}${OLD}`])
    .filter((name) => names.has(name));
}

export async function dropBeside(
  session: SqlSession,
  db: SqlDatabase,
  views: readonly IdentityView[],
): Promise<void> {
  for (const table of await leftOf(session, db, views)) await session.run(`DROP TABLE ${table}`);
}

/** For a database that one process owns. */
export async function emptyBeside(
  db: SqlDatabase,
  views: readonly IdentityView[],
  alive: () => void,
): Promise<void> {
  const left = await db.read((session) => leftOf(session, db, views));
  for (const table of left) await emptyInParts(db, table, alive);
}
