import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of PostgreSQL that one spec has to itself. */
export interface SpecDatabase {
  readonly name: string;
  readonly url: string;
  create(): Promise<void>;
  /** Whoever is connected; quiet where there is none. */
  drop(): Promise<void>;
}

/** Statements to a server, one after another; each is a transaction of its own. */
export async function administer(
  adminUrl: string,
  ...statements: readonly string[]
): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  for (const sql of statements) await client.query(sql);
  await client.end();
}

/** The URL of another database on the same server. */
export function urlOfDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

/** `adminUrl`: as a user that may create databases. The name is one that nobody else has. */
export function specDatabase(adminUrl: string, prefix: string): SpecDatabase {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  return {
    name,
    url: urlOfDatabase(adminUrl, name),
    create: () => administer(adminUrl, `CREATE DATABASE ${name}`),
    drop: () => administer(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}
