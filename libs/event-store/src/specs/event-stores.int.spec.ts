import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreConformance, type EventStoreFixture } from '@tallystick/test-kit';
import { inject } from 'vitest';
import { specDatabase } from '../testing/spec-database.ts';
import { createEventStore, type OpenedEventStore } from '../create-event-store.ts';
import { startTcpProxy } from './tcp-proxy.ts';

eventStoreConformance('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-store-'));
  const open = (): Promise<OpenedEventStore> =>
    createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') });
  let opened = await open();
  return {
    store: opened.store,
    reopen: async () => {
      await opened.close();
      opened = await open();
      return opened.store;
    },
    close: async () => {
      await opened.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

/** A database of its own behind a proxy that can be cut. */
async function openPostgres(): Promise<EventStoreFixture> {
  const database = specDatabase(inject('databaseUrl'), 'store');
  await database.create();
  const direct = new URL(database.url);
  const proxy = await startTcpProxy(direct.hostname, Number(direct.port));
  const proxied = new URL(direct);
  proxied.port = String(proxy.port);
  const open = (url: URL): Promise<OpenedEventStore> =>
    createEventStore({ databaseUrl: url.toString(), file: '' });
  // Both at once: the tables are made by whoever comes first.
  const [first, second] = await Promise.all([open(proxied), open(direct)]);
  let opened = first;
  return {
    store: opened.store,
    second: second.store,
    reopen: async () => {
      await opened.close();
      opened = await open(proxied);
      return opened.store;
    },
    outage: { begin: () => proxy.cut(), end: () => proxy.mend() },
    close: async () => {
      await opened.close();
      await second.close();
      await proxy.close();
      await database.drop();
    },
  };
}

eventStoreConformance('PostgreSQL', openPostgres);
