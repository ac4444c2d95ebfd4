import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { someAppend } from '@tallystick/test-kit';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { createEventStore, type OpenedEventStore } from '../create-event-store.ts';
import { administer } from './administer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-tail-'));
const OPEN = {
  SQLite: (name: string) =>
    createEventStore({ databaseUrl: null, file: join(folder, `${name}.sqlite`) }),
  PostgreSQL: async (name: string) => {
    await administer(`CREATE DATABASE ${name}`);
    const url = new URL(inject('databaseUrl'));
    url.pathname = `/${name}`;
    return createEventStore({ databaseUrl: url.toString(), file: '' });
  },
} as const;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['SQLite', 'PostgreSQL'] as const)('the tail of a store on %s', (adapter) => {
  let opened: OpenedEventStore;
  const name = `tail_${randomBytes(6).toString('hex')}`;
  let count = 0;
  let database = '';
  beforeEach(async () => {
    database = `${name}_${(count += 1)}`;
    opened = await OPEN[adapter](database);
    await opened.store.append([someAppend('a', 0, 3)]);
  });
  afterEach(async () => {
    await opened.close();
    if (adapter === 'PostgreSQL') await administer(`DROP DATABASE ${database} WITH (FORCE)`);
  });
  const refusal = { code: 'lost-tail', retriable: false };

  it('given a head below what is required, then nothing is appended until it is adopted above that', async () => {
    const { store, tail } = opened;
    const before = await tail.state();
    tail.requireHead(8);
    await expect(store.append([someAppend('b', 0)])).rejects.toMatchObject(refusal);
    expect(await store.readStream('b')).toEqual([]);
    expect(await tail.adopt({ above: 8, incarnation: 5 })).toEqual({
      ...{ ...before, incarnation: 5, head: 8 },
    });
    expect(await store.append([someAppend('b', 0)])).toMatchObject({ value: { position: 9 } });
    expect(await tail.losses()).toEqual([{ incarnation: 5, after: 3, through: 8 }]);
    expect([await tail.idAt(5), typeof (await tail.idAt(9))]).toEqual([null, 'string']);
    const page = await store.readAll({ after: 3, limit: 10 });
    expect([page.events.map(({ position }) => position), page.head]).toEqual([[9], 9]);
  });

  it('given a refusal, then its words, until it is taken back', async () => {
    const { store, tail } = opened;
    tail.refuseAppends('another event stands there');
    await expect(store.append([someAppend('b', 0)])).rejects.toThrow('another event stands there');
    tail.refuseAppends(null);
    expect(await store.append([someAppend('b', 0)])).toMatchObject({ value: { position: 4 } });
  });

  it('given a second adoption, then the incarnation is greater again', async () => {
    const { tail } = opened;
    await tail.adopt({ above: 0, incarnation: 0 });
    expect(await tail.adopt({ above: 0, incarnation: 2 })).toMatchObject({
      ...{ incarnation: 3, head: 3 },
    });
  });
});

describe('connections to a store on PostgreSQL', () => {
  const database = `tail_${randomBytes(6).toString('hex')}`;
  afterAll(() => administer(`DROP DATABASE ${database} WITH (FORCE)`));

  it('given that the server has ended them, then each new one is told of', async () => {
    const { tail, close } = await OPEN.PostgreSQL(database);
    let told = 0;
    tail.onConnected(() => (told += 1));
    await tail.state();
    const before = told;
    await administer(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
    );
    await vi.waitFor(() => tail.state(), { timeout: 10_000 });
    expect([before, told > before]).toEqual([0, true]);
    await close();
  });
});
