import type { SqlSession, SqlValue } from '@tallystick/ports';

const MOST_ROWS = 128;

/** Into which table and columns, and what follows the values. */
export interface InsertInto {
  readonly into: string;
  readonly columns: readonly string[];
  readonly otherwise?: string;
}

/**
 * Writes many rows, their values one after another. Statements have sizes that are powers of two,
 * so that few different ones are prepared.
 */
export function createInsert({ into, columns, otherwise = '' }: InsertInto) {
  const statements = new Map<number, string>();
  const row = `(${columns.map(() => '?').join(',')})`;

  const insertOf = (rows: number): string => {
    const known = statements.get(rows);
    if (known !== undefined) return known;
    const values = Array.from({ length: rows }, () => row).join(',');
    const made = `INSERT INTO ${into} (${columns.join(', ')}) VALUES ${values} ${otherwise}`;
    statements.set(rows, made);
    return made;
  };

  return async (session: SqlSession, values: readonly SqlValue[]): Promise<void> => {
    let at = 0;
    for (let left = values.length / columns.length; left > 0;) {
      const count = Math.min(MOST_ROWS, 2 ** Math.floor(Math.log2(left)));
      const end = at + count * columns.length;
      await session.run(insertOf(count), values.slice(at, end));
      at = end;
      left -= count;
    }
  };
}
