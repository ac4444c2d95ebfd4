import type { SqlDatabase, SqlSession } from '@tallystick/ports';
import { CHECK_TABLES } from '../../build/checks.ts';
import { number } from './rows.ts';

/** Tables that are made together, under one version. */
export interface TableSet {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly string[];
  readonly schema: readonly string[];
}

/** Any fixed number: processes that start together make the tables one after another. */
const SCHEMA_LOCK = 7_455_202;

const CHECKPOINTS = `CREATE TABLE IF NOT EXISTS view_checkpoints (
  name TEXT PRIMARY KEY, version INTEGER NOT NULL, position BIGINT NOT NULL)`;

/** Whose row is locked by both sides of the fleet's rows. */
const FLEET_LOCK = `INSERT INTO view_checkpoints (name, version, position) VALUES ('fleet', 0, 0) ON CONFLICT (name) DO NOTHING`;

async function createSet(session: SqlSession, set: TableSet, key: string): Promise<void> {
  const found = 'SELECT version FROM view_checkpoints WHERE name = ?';
  const [row] = await session.all(found, [set.name]);
  if (row !== undefined && number(row, 'version') === set.version) return;
  for (const table of set.tables) await session.run(`DROP TABLE IF EXISTS ${table}`);
  for (const statement of set.schema) await session.run(statement.replaceAll('?KEY', key));
  await session.run(
    `INSERT INTO view_checkpoints (name, version, position) VALUES (?, ?, 0)
     ON CONFLICT (name) DO UPDATE SET version = excluded.version, position = 0`,
    [set.name, set.version],
  );
}

/**
 * Creates absent tables, and creates those of another version again. Idempotent, and safe when
 * several processes start at once.
 */
export async function createTables(db: SqlDatabase, sets: readonly TableSet[]): Promise<void> {
  const key = db.dialect === 'postgres' ? 'TEXT COLLATE "C"' : 'TEXT';
  await db.write(async (session) => {
    if (db.dialect === 'postgres')
      await session.all('SELECT pg_advisory_xact_lock(?)', [SCHEMA_LOCK]);
    await session.run(CHECKPOINTS);
    await session.run(FLEET_LOCK);
    for (const table of CHECK_TABLES) await session.run(table);
    for (const set of sets) await createSet(session, set, key);
  });
}
