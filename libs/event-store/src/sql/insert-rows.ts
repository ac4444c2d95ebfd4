import type { SqlSession, SqlValue } from '@tallystick/ports';

const COLUMNS = 9;
const MOST_ROWS = 128;

/**
 * Writes new events. Statements have sizes that are powers of two, so that few different ones are
 * prepared.
 */
export async function insertRows(session: SqlSession, values: readonly SqlValue[]): Promise<void> {
  let at = 0;
  for (let left = values.length / COLUMNS; left > 0;) {
    const count = Math.min(MOST_ROWS, 2 ** Math.floor(Math.log2(left)));
    await session.run(insertOf(count), values.slice(at, at + count * COLUMNS));
    at += count * COLUMNS;
    left -= count;
  }
}

const statements = new Map<number, string>();

function insertOf(rows: number): string {
  const known = statements.get(rows);
  if (known !== undefined) return known;
  const row = `(${Array.from({ length: COLUMNS }, () => '?').join(',')})`;
  const columns = 'position, stream, revision, id, type, schema_version, time, data, meta';
  const made = `INSERT INTO events (${columns}) VALUES ${Array.from({ length: rows }, () => row).join(',')}`;
  statements.set(rows, made);
  return made;
}
