import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { administer, specDatabase } from '../testing/spec-database.ts';
import { createEventStore } from '../create-event-store.ts';

describe('connections to a store on PostgreSQL', () => {
  const database = specDatabase(inject('databaseUrl'), 'connections');
  beforeAll(() => database.create());
  afterAll(() => database.drop());

  it('given that the server has ended them, then each new one is told of', async () => {
    const { tail, close } = await createEventStore({ databaseUrl: database.url, file: '' });
    let told = 0;
    tail.onConnected(() => (told += 1));
    await tail.state();
    const before = told;
    await administer(
      inject('databaseUrl'),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}'`,
    );
    await vi.waitFor(() => tail.state(), { timeout: 10_000 });
    expect([before, told > before]).toEqual([0, true]);
    await close();
  });
});
