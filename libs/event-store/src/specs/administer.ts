import pg from 'pg';
import { inject } from 'vitest';

/** For specs: one statement to the server that the stack has started. */
export async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  await client.query(sql);
  await client.end();
}
