import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  idempotencyStoreConformance,
  leadershipConformance,
  logReaderConformance,
  secretStoreConformance,
  sqlDatabaseConformance,
  storeTailConformance,
  type Opened,
} from '@tallystick/test-kit';
import { inject } from 'vitest';
import { specDatabase } from '../testing/spec-database.ts';
import { createEventStore, type OpenedEventStore } from '../create-event-store.ts';

/** A database of its own, and how to open it once more. */
interface Place {
  open(): Promise<OpenedEventStore>;
  remove(): Promise<void>;
}

async function inSqlite(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-conformance-'));
  return {
    open: () => createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') }),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function inPostgres(): Promise<Place> {
  const database = specDatabase(inject('databaseUrl'), 'conformance');
  await database.create();
  return {
    open: () => createEventStore({ databaseUrl: database.url, file: '' }),
    remove: () => database.drop(),
  };
}

/** What a suite asks of a store that was opened in a place of its own. */
function of<T>(make: () => Promise<Place>, pick: (opened: OpenedEventStore) => T) {
  return async (): Promise<Opened<T>> => {
    const place = await make();
    const opened = await place.open();
    const close = async (): Promise<void> => {
      await opened.close();
      await place.remove();
    };
    return { it: pick(opened), close };
  };
}

sqlDatabaseConformance(
  'SQLite',
  of(inSqlite, ({ db }) => db),
);
sqlDatabaseConformance(
  'PostgreSQL',
  of(inPostgres, ({ db }) => db),
);
secretStoreConformance(
  'SQLite',
  of(inSqlite, ({ secrets }) => secrets),
);
secretStoreConformance(
  'PostgreSQL',
  of(inPostgres, ({ secrets }) => secrets),
);
idempotencyStoreConformance(
  'SQLite',
  of(inSqlite, ({ idempotency }) => idempotency),
);
idempotencyStoreConformance(
  'PostgreSQL',
  of(inPostgres, ({ idempotency }) => idempotency),
);
logReaderConformance(
  'SQLite',
  of(inSqlite, ({ log: reader, store, db }) => ({ reader, store, db })),
);
logReaderConformance(
  'PostgreSQL',
  of(inPostgres, ({ log: reader, store, db }) => ({ reader, store, db })),
);
storeTailConformance(
  'SQLite',
  of(inSqlite, ({ store, tail }) => ({ store, tail })),
);
storeTailConformance(
  'PostgreSQL',
  of(inPostgres, ({ store, tail }) => ({ store, tail })),
);

// The process that owns the file leads: no other can contend.
leadershipConformance(
  'SQLite',
  of(inSqlite, ({ leadership }) => [leadership] as const),
  { alone: true },
);
leadershipConformance(
  'PostgreSQL',
  async () => {
    const place = await inPostgres();
    const both = await Promise.all([place.open(), place.open()]);
    const close = async (): Promise<void> => {
      await Promise.all(both.map((one) => one.close()));
      await place.remove();
    };
    return { it: [both[0].leadership, both[1].leadership], close };
  },
  { alone: false },
);
