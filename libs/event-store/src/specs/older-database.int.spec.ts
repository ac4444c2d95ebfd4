import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SealedSecret, SqlDatabase } from '@tallystick/ports';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { specDatabase } from '../testing/spec-database.ts';
import { createEventStore, type OpenedEventStore } from '../create-event-store.ts';
import { PostgresDatabase } from '../postgres/postgres-database.ts';
import { SqliteDatabase } from '../sqlite/sqlite-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-older-'));
const file = join(folder, 'store.sqlite');
const database = specDatabase(inject('databaseUrl'), 'older');

interface Fixture {
  readonly raw: () => SqlDatabase;
  readonly open: () => Promise<OpenedEventStore>;
  /** Of processes that may start at once: a file has one owner. */
  readonly processes: number;
}

const FIXTURES: Readonly<Record<'SQLite' | 'PostgreSQL', Fixture>> = {
  SQLite: {
    raw: () => new SqliteDatabase(file),
    open: () => createEventStore({ databaseUrl: null, file }),
    processes: 1,
  },
  PostgreSQL: {
    raw: () => new PostgresDatabase({ url: database.url }),
    open: () => createEventStore({ databaseUrl: database.url, file: '' }),
    processes: 3,
  },
};

/** The tables as they were before secrets had a copy for the gateways, and stores a name. */
async function makeOldTable(db: SqlDatabase): Promise<void> {
  const blob = db.dialect === 'sqlite' ? 'BLOB' : 'BYTEA';
  await db.write(async (session) => {
    await session.run(`CREATE TABLE secrets (
      secret_id TEXT PRIMARY KEY, owner TEXT NOT NULL, sealed ${blob} NOT NULL, wrapped_data_key ${blob} NOT NULL,
      key_id TEXT NOT NULL, created_at BIGINT NOT NULL)`);
    await session.run(
      'CREATE TABLE store_head (one INTEGER PRIMARY KEY CHECK (one = 1), position BIGINT NOT NULL)',
    );
    await session.run('INSERT INTO store_head (one, position) VALUES (1, 7)');
    await session.run(
      `INSERT INTO secrets (secret_id, owner, sealed, wrapped_data_key, key_id, created_at) VALUES (?,?,?,?,?,?)`,
      ['old', 'a', Uint8Array.from([1, 2, 3]), Uint8Array.from([4, 5]), 'k1', 5],
    );
  });
  await db.close();
}

const next: SealedSecret = {
  ...{ secretId: 'new', owner: 'a', keyId: 'k1', createdAt: 6, forGateways: '1|1|2|AAAA' },
  sealed: Uint8Array.from([6]),
  wrappedDataKey: Uint8Array.from([7]),
};

beforeAll(() => database.create());
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(['SQLite', 'PostgreSQL'] as const)('a database of an earlier release', (adapter) => {
  const { raw, open, processes } = FIXTURES[adapter];

  it(`in ${adapter} keeps its secrets, which have no copy for the gateways, and takes those that have one`, async () => {
    await makeOldTable(raw());
    const opened = await Promise.all(Array.from({ length: processes }, open));
    for (const { secrets } of opened) {
      const [old] = await secrets.find(['old']);
      expect(old).toMatchObject({ owner: 'a', keyId: 'k1', createdAt: 5, forGateways: null });
      expect([...(old?.sealed ?? [])]).toEqual([1, 2, 3]);
      await secrets.insert([next]);
      expect(await secrets.find(['new'])).toMatchObject([{ forGateways: '1|1|2|AAAA' }]);
    }
    // It had no name: whoever comes first gives it one, for all and for ever.
    const [name, ...others] = await Promise.all(opened.map(({ tail }) => tail.state()));
    expect(name).toMatchObject({ incarnation: 1, head: 7, schemaVersion: 2 });
    for (const other of others) expect(other).toEqual(name);
    await Promise.all(opened.map((one) => one.close()));
    // Opened once more, there is nothing left to add.
    const again = await open();
    expect(await again.secrets.find(['old', 'new'])).toHaveLength(2);
    expect(await again.tail.state()).toEqual(name);
    await again.close();
  });
});
