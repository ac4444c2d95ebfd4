import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { administer, urlOfDatabase } from '@tallystick/event-store/testing';

const run = promisify(execFile);

/** A copy of a database of one moment, and the way back to it. */
export interface DatabaseCopy {
  /** `pg_dump`, or `template` where none is here that is as new as the server. */
  readonly by: 'pg_dump' | 'template';
  /** In place of what is there now, whoever is connected. */
  restore(): Promise<void>;
  drop(): Promise<void>;
}

export interface CopiedDatabase {
  /** As a user that may create databases. */
  readonly adminUrl: string;
  readonly name: string;
}

const urlOf = ({ adminUrl, name }: CopiedDatabase): string => urlOfDatabase(adminUrl, name);

/** pg_dump refuses a server newer than itself; the server from npm brings none of its own. */
async function hasDumpFor(adminUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  await client.end();
  const server = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  const said = await run('pg_dump', ['--version']).catch(() => null);
  return Number(/ (\d+)/.exec(said?.stdout ?? '')?.[1] ?? 0) >= server;
}

async function dumpOf(of: CopiedDatabase): Promise<DatabaseCopy> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-dump-'));
  const file = join(folder, 'database.dump');
  await run('pg_dump', ['--format=custom', `--file=${file}`, urlOf(of)]);
  return {
    by: 'pg_dump',
    restore: async () => {
      const { adminUrl, name } = of;
      const fresh = { adminUrl, name: `${name}_restored` };
      await administer(adminUrl, `CREATE DATABASE ${fresh.name}`);
      await run('pg_restore', ['--exit-on-error', `--dbname=${urlOf(fresh)}`, file]);
      // At once: whoever is still running meets the one or the other, never half of one.
      await administer(
        adminUrl,
        `DROP DATABASE ${name} WITH (FORCE)`,
        `ALTER DATABASE ${fresh.name} RENAME TO ${name}`,
      );
    },
    drop: async () => rmSync(folder, { recursive: true }),
  };
}

async function templateOf({ adminUrl, name }: CopiedDatabase): Promise<DatabaseCopy> {
  await administer(adminUrl, `CREATE DATABASE ${name}_copy TEMPLATE ${name}`);
  return {
    by: 'template',
    restore: () =>
      administer(
        adminUrl,
        `DROP DATABASE ${name} WITH (FORCE)`,
        `CREATE DATABASE ${name} TEMPLATE ${name}_copy`,
      ),
    drop: () => administer(adminUrl, `DROP DATABASE ${name}_copy`),
  };
}

/** Nobody else may be connected: a template is copied only then. */
export async function copyDatabase(of: CopiedDatabase): Promise<DatabaseCopy> {
  return (await hasDumpFor(of.adminUrl)) ? dumpOf(of) : templateOf(of);
}
