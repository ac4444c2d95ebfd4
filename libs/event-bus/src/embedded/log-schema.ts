import { randomUUID } from 'node:crypto';
import Database, { type Database as Sqlite } from 'better-sqlite3';
import { PortError } from '@tallystick/kernel';

const TABLES = `
  CREATE TABLE IF NOT EXISTS topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, by_key INTEGER NOT NULL,
    hours REAL, next_offset INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS cursors (
    reader TEXT NOT NULL, topic TEXT NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (reader, topic)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS writers (
    id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, progress INTEGER NOT NULL, note TEXT NOT NULL DEFAULT ''
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL);
`;

/** A file of an earlier release has writers without a note. */
function addNote(db: Sqlite): void {
  const found = db.prepare(`SELECT 1 FROM pragma_table_info('writers') WHERE name = 'note'`).get();
  if (found === undefined) db.exec(`ALTER TABLE writers ADD COLUMN note TEXT NOT NULL DEFAULT ''`);
}

/**
 * Opens the file for this process alone. secure_delete: a replaced secret does not stay behind in a
 * free page.
 */
export function openLogFile(file: string): Sqlite {
  try {
    const db = new Database(file, { timeout: 500 });
    db.pragma('locking_mode = EXCLUSIVE');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('secure_delete = ON');
    db.pragma('cache_size = -16000');
    db.exec(TABLES);
    addNote(db);
    db.prepare('INSERT OR IGNORE INTO identity VALUES (1, ?)').run(randomUUID());
    return db;
  } catch (cause) {
    throw new PortError('unavailable', `the bus file ${file} cannot be opened`, { cause });
  }
}

export function createTopicTable(db: Sqlite, table: string, byKey: boolean): void {
  db.exec(`CREATE TABLE ${table} (
    offset INTEGER PRIMARY KEY, at INTEGER NOT NULL, key TEXT, value BLOB, headers TEXT NOT NULL
  )`);
  if (!byKey) return;
  db.exec(`CREATE UNIQUE INDEX ${table}_key ON ${table} (key)`);
  db.exec(`CREATE INDEX ${table}_gone ON ${table} (at) WHERE value IS NULL`);
}
