import { randomUUID } from 'node:crypto';
import { PortError } from '@tallystick/kernel';
import type { SqlDatabase, SqlSession } from '@tallystick/ports';

/**
 * Tables of the truth. `?BLOB` stands for the dialect's bytes; `?POSITION` for its whole numbers,
 * which in SQLite are the rows' own ids where they are called so: one index less.
 */
const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS store_head (one INTEGER PRIMARY KEY CHECK (one = 1), position BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS store_losses (
     incarnation BIGINT PRIMARY KEY, after_position BIGINT NOT NULL, through_position BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS events (
     position ?POSITION PRIMARY KEY, stream TEXT NOT NULL, revision BIGINT NOT NULL, id TEXT NOT NULL UNIQUE,
     type TEXT NOT NULL, schema_version INTEGER NOT NULL, time BIGINT NOT NULL, data TEXT NOT NULL, meta TEXT NOT NULL,
     UNIQUE (stream, revision))`,
  `CREATE TABLE IF NOT EXISTS secrets (
     secret_id TEXT PRIMARY KEY, owner TEXT NOT NULL, sealed ?BLOB NOT NULL, wrapped_data_key ?BLOB NOT NULL,
     key_id TEXT NOT NULL, created_at BIGINT NOT NULL, for_gateways TEXT)`,
  `CREATE INDEX IF NOT EXISTS secrets_of_owner ON secrets (owner)`,
  `CREATE TABLE IF NOT EXISTS idempotency (
     call_key TEXT PRIMARY KEY, request_hash TEXT NOT NULL, plan ?BLOB NOT NULL, reply ?BLOB, created_at BIGINT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS idempotency_by_age ON idempotency (created_at)`,
];

/**
 * Columns that a table of an earlier release is without. Looked for first: even where there is
 * nothing to add, PostgreSQL's ALTER TABLE waits for all who read.
 */
const LATER = [
  { table: 'secrets', column: 'for_gateways', type: 'TEXT' },
  { table: 'store_head', column: 'store_id', type: 'TEXT' },
  { table: 'store_head', column: 'incarnation', type: 'BIGINT' },
  { table: 'store_head', column: 'schema_version', type: 'INTEGER' },
  { table: 'store_head', column: 'min_reader', type: 'INTEGER' },
] as const;

/** Version of the tables that this release makes; version 1 had no identity of the store. */
export const SCHEMA_VERSION = 2;
/** The oldest schema version whose release may still work on these tables. */
const MIN_READER = 1;

const ADD_COLUMN = { sqlite: 'ADD COLUMN', postgres: 'ADD COLUMN IF NOT EXISTS' } as const;
const FIND_COLUMN = {
  sqlite: `SELECT 1 FROM pragma_table_info(?) WHERE name = ?`,
  postgres: `SELECT 1 FROM pg_attribute WHERE attrelid = CAST(? AS regclass) AND attname = ? AND NOT attisdropped`,
} as const;

async function addLaterColumns(
  dialect: SqlDatabase['dialect'],
  session: SqlSession,
): Promise<void> {
  for (const { table, column, type } of LATER) {
    const found = await session.all(FIND_COLUMN[dialect], [table, column]);
    if (found.length > 0) continue;
    await session.run(`ALTER TABLE ${table} ${ADD_COLUMN[dialect]} ${column} ${type}`);
  }
}

/**
 * A store without an id gets one. The version is never lowered, because a newer release may have
 * written it.
 */
async function nameStore(session: SqlSession): Promise<void> {
  const [row] = await session.all(
    'SELECT store_id, schema_version, min_reader FROM store_head WHERE one = 1',
  );
  const needed = Number(row?.['min_reader'] ?? 1);
  if (needed > SCHEMA_VERSION)
    throw new PortError(
      'misconfigured',
      `the database needs a release that knows schema version ${needed}; this one knows ${SCHEMA_VERSION}`,
    );
  if (row?.['store_id'] === null)
    await session.run('UPDATE store_head SET store_id = ?, incarnation = 1 WHERE one = 1', [
      randomUUID(),
    ]);
  if (Number(row?.['schema_version'] ?? 1) < SCHEMA_VERSION)
    await session.run('UPDATE store_head SET schema_version = ?, min_reader = ? WHERE one = 1', [
      SCHEMA_VERSION,
      MIN_READER,
    ]);
}

/** Any fixed number: processes that start together make the tables one after another. */
const SCHEMA_LOCK = 7_455_201;

/** Makes what is absent. Safe among processes that start at once. */
export async function createSchema(db: SqlDatabase): Promise<void> {
  const sqlite = db.dialect === 'sqlite';
  const typed = (table: string): string =>
    table
      .replaceAll('?BLOB', sqlite ? 'BLOB' : 'BYTEA')
      .replaceAll('?POSITION', sqlite ? 'INTEGER' : 'BIGINT');
  await db.write(async (session) => {
    if (db.dialect === 'postgres')
      await session.all('SELECT pg_advisory_xact_lock(?)', [SCHEMA_LOCK]);
    for (const table of TABLES) await session.run(typed(table));
    await addLaterColumns(db.dialect, session);
    await session.run(
      'INSERT INTO store_head (one, position) VALUES (1, 0) ON CONFLICT (one) DO NOTHING',
    );
    await nameStore(session);
  });
}
