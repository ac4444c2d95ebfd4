import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteDatabase } from './sqlite-database.ts';

describe('a SQLite file', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallystick-sqlite-'));
    file = join(folder, 'store.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('given a full disk, then writes are refused as unavailable, the log says why once a minute, and reads work', async () => {
    const told: [string, Readonly<Record<string, string | number>>][] = [];
    let now = 0;
    const db = new SqliteDatabase(file, {
      log: (_, message, fields) => void told.push([message, fields]),
      now: () => now,
    });
    await db.write((session) => session.run('CREATE TABLE filling (row TEXT)'));
    // As a full disk: the file may grow no more.
    await db.write((session) => session.all('PRAGMA max_page_count = 1'));
    const fill = () =>
      db.write((session) => session.run(`INSERT INTO filling VALUES ('${'x'.repeat(9_000)}')`));
    for (let n = 0; n < 3; n += 1)
      await expect(fill()).rejects.toMatchObject({ code: 'unavailable' });
    const why = { file, error: expect.stringContaining('full') as string };
    expect(told).toEqual([['the database file cannot be written', why]]);
    now += 60_000;
    await expect(fill()).rejects.toMatchObject({ code: 'unavailable' });
    expect(told).toHaveLength(2);
    expect(await db.read((session) => session.all('SELECT row FROM filling'))).toEqual([]);
    await db.close();
  });

  it('given a commit of several writes that the disk has no room for, then all are refused as unavailable and none is written', async () => {
    const db = new SqliteDatabase(file);
    await db.write((session) => session.run('CREATE TABLE filling (row TEXT)'));
    await db.write((session) => session.all('PRAGMA max_page_count = 1'));
    const insert = (row: string) =>
      db.write((session) => session.run('INSERT INTO filling VALUES (?)', [row]));
    const ends = await Promise.allSettled(['small', 'x'.repeat(9_000), 'last'].map(insert));
    for (const end of ends)
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    expect(await db.read((session) => session.all('SELECT row FROM filling'))).toEqual([]);
    await insert('fits again');
    expect(await db.read((session) => session.all('SELECT row FROM filling'))).toHaveLength(1);
    await db.close();
  });

  it('given what is no database, then it is refused as corrupt', () => {
    writeFileSync(file, 'no database at all '.repeat(500));
    const message: unknown = expect.stringContaining(file);
    expect(() => new SqliteDatabase(file)).toThrow(
      expect.objectContaining({ code: 'corrupt', message }),
    );
  });
});
