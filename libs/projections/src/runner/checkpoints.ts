import type { SqlDatabase, SqlSession } from '@tallystick/ports';
import { number, text } from '../stores/sql/rows.ts';

/** How far each view has applied the log, by the view's name. */
export type Positions = ReadonlyMap<string, number>;

const MARKS = (count: number): string => Array.from({ length: count }, () => '?').join(',');

async function read(session: SqlSession, names: readonly string[], lock: string) {
  const sql = `SELECT name, position FROM view_checkpoints WHERE name IN (${MARKS(names.length)}) ORDER BY name${lock}`;
  const rows = await session.all(sql, names);
  return new Map(rows.map((row) => [text(row, 'name'), number(row, 'position')]));
}

export function readPositions(db: SqlDatabase, names: readonly string[]): Promise<Positions> {
  return db.read((session) => read(session, names, ''));
}

/**
 * Reads and holds the checkpoints to the end of the transaction: of several processes one applies a
 * page, the others find it applied.
 */
export function lockPositions(
  session: SqlSession,
  dialect: SqlDatabase['dialect'],
  names: readonly string[],
): Promise<Map<string, number>> {
  return read(session, names, dialect === 'postgres' ? ' FOR UPDATE' : '');
}

export async function writePosition(
  session: SqlSession,
  names: readonly string[],
  position: number,
): Promise<void> {
  if (names.length === 0) return;
  await session.run(
    `UPDATE view_checkpoints SET position = ? WHERE name IN (${MARKS(names.length)})`,
    [position, ...names],
  );
}

/** Of which version the tables of each view are. */
export function readVersions(
  db: SqlDatabase,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  return db.read(async (session) => {
    const sql = `SELECT name, version FROM view_checkpoints WHERE name IN (${MARKS(names.length)})`;
    const rows = await session.all(sql, names);
    return new Map(rows.map((row) => [text(row, 'name'), number(row, 'version')]));
  });
}

export async function writeVersions(
  session: SqlSession,
  views: readonly { readonly name: string; readonly version: number }[],
  positions: Positions,
): Promise<void> {
  for (const { name, version } of views)
    await session.run(
      `INSERT INTO view_checkpoints (name, version, position) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET version = excluded.version, position = excluded.position`,
      [name, version, positions.get(name) ?? 0],
    );
}

/** In the transaction that holds the checkpoints: the views whose pages feed the tables beside. */
export async function readFollowing(session: SqlSession): Promise<ReadonlySet<string>> {
  const rows = await session.all('SELECT view FROM view_follows');
  return new Set(rows.map((row) => text(row, 'view')));
}
