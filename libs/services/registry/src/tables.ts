import type { SqlDatabase } from '@tallystick/ports';

/** Any fixed number: registries that start together make their tables one after another. */
const LOCK = 7_455_303;

/** Makes the registry's own tables where they are absent. */
export function createTables(sql: SqlDatabase, statements: readonly string[]): Promise<void> {
  return sql.write(async (session) => {
    // IF NOT EXISTS alone lets two who look at once both create.
    if (sql.dialect === 'postgres') await session.all('SELECT pg_advisory_xact_lock(?)', [LOCK]);
    for (const statement of statements) await session.run(statement);
  });
}
