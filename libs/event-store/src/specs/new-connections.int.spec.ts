import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createEventStore } from '../create-event-store.ts';
import { administer } from './administer.ts';

describe('connections to a store on PostgreSQL', () => {
  const database = `tail_${randomBytes(6).toString('hex')}`;
  beforeAll(() => administer(`CREATE DATABASE ${database}`));
  afterAll(() => administer(`DROP DATABASE ${database} WITH (FORCE)`));

  it('given that the server has ended them, then each new one is told of', async () => {
    const url = new URL(inject('databaseUrl'));
    url.pathname = `/${database}`;
    const { tail, close } = await createEventStore({ databaseUrl: url.toString(), file: '' });
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
