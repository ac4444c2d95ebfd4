import {
  withinMs,
  type EventStore,
  type IdempotencyStore,
  type Leadership,
  type LogReader,
  type SecretStore,
  type SqlDatabase,
  type StoreTail,
  type StreamEnds,
} from '@tallystick/ports';
import { createAppendGuard, type AppendGuard } from './sql/append-guard.ts';
import { createSchema } from './sql/schema.ts';
import { SqlEventStore } from './sql/sql-event-store.ts';
import { createSqlIdempotencyStore } from './sql/sql-idempotency-store.ts';
import { sqlLogReader } from './sql/sql-log-reader.ts';
import { createSqlSecretStore } from './sql/sql-secret-store.ts';
import { createSqlStreamEnds } from './sql/sql-stream-ends.ts';
import { createSqlStoreTail } from './sql/sql-store-tail.ts';
import type { StoreLog } from './store-log.ts';

export interface EventStoreOptions {
  /** postgres:// URL; null: SQLite. */
  readonly databaseUrl: string | null;
  /** The SQLite file, which one process owns; of no use with a databaseUrl. */
  readonly file: string;
  readonly log?: StoreLog;
}

const CLOSE_MS = 1_000;

/** The truth and what stands beside it in the same database. */
export interface OpenedEventStore {
  readonly db: SqlDatabase;
  readonly store: EventStore;
  readonly ends: StreamEnds;
  readonly tail: StoreTail;
  /** Of use in works of `db` alone. */
  readonly log: LogReader;
  readonly secrets: SecretStore;
  readonly idempotency: IdempotencyStore;
  readonly leadership: Leadership;
  close(): Promise<void>;
}

interface Driver {
  readonly db: SqlDatabase;
  readonly store: SqlEventStore;
  readonly leadership: Leadership;
  readonly release: () => Promise<void>;
}

/** Who is called at new connections; nobody at first. */
interface Connections {
  listener: () => void;
}

async function sqlite(file: string, log: StoreLog, guard: AppendGuard): Promise<Driver> {
  const [{ SqliteDatabase }, { processLeadership }, { takeOwnership }] = await Promise.all([
    import('./sqlite/sqlite-database.ts'),
    import('./sqlite/process-leadership.ts'),
    import('./sqlite/owner-lock.ts'),
  ]);
  const giveUp = takeOwnership(file);
  try {
    const db = new SqliteDatabase(file, { log });
    const store = new SqlEventStore(db, undefined, guard);
    return { db, store, leadership: processLeadership, release: async () => giveUp() };
  } catch (error) {
    giveUp();
    throw error;
  }
}

async function postgres(
  url: string,
  log: StoreLog,
  guard: AppendGuard,
  connections: Connections,
): Promise<Driver> {
  const [{ PostgresDatabase }, { createPostgresLeadership }, { createAppendNotices }] =
    await Promise.all([
      import('./postgres/postgres-database.ts'),
      import('./postgres/postgres-leadership.ts'),
      import('./postgres/append-notices.ts'),
    ]);
  const db = new PostgresDatabase({ url, log, onConnected: () => connections.listener() });
  const notices = createAppendNotices(url, () => store.lookAgain());
  const store: SqlEventStore = new SqlEventStore(db, () => notices.tell(), guard);
  return { db, store, leadership: createPostgresLeadership(url), release: () => notices.close() };
}

/**
 * Opens PostgreSQL or SQLite, whose driver alone is loaded, and makes the tables that are absent.
 */
export async function createEventStore({
  databaseUrl,
  file,
  log = () => undefined,
}: EventStoreOptions): Promise<OpenedEventStore> {
  const guard = createAppendGuard();
  const connections: Connections = { listener: () => undefined };
  const driver =
    databaseUrl === null
      ? await sqlite(file, log, guard)
      : await postgres(databaseUrl, log, guard, connections);
  const close = async (): Promise<void> => {
    const closing = driver.store.close();
    // Appends under way may end, unless the database does not answer.
    await withinMs(closing, CLOSE_MS);
    await Promise.all([closing, driver.db.close()]);
    await driver.release();
  };
  try {
    await createSchema(driver.db);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    db: driver.db,
    store: driver.store,
    ends: createSqlStreamEnds(driver.db),
    tail: createSqlStoreTail(driver.db, guard, {
      forgetHead: () => driver.store.forgetHead(),
      onConnected: (listener) => (connections.listener = listener),
    }),
    log: sqlLogReader,
    secrets: createSqlSecretStore(driver.db),
    idempotency: createSqlIdempotencyStore(driver.db),
    leadership: driver.leadership,
    close,
  };
}
