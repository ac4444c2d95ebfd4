import Database from 'better-sqlite3';
import { PortError } from '@tallystick/kernel';
import type { SqlDatabase, SqlRow, SqlSession, SqlValue } from '@tallystick/ports';
import type { StoreLog } from '../store-log.ts';
import { WriteFailures } from './write-failures.ts';

type Connection = Database.Database;
type Statement = Database.Statement<SqlValue[], SqlRow>;

/** Works that share one commit, and so one wait for the disk. */
const GROUP = 256;
const MOST_STATEMENTS = 500;

interface QueuedWork {
  readonly run: (session: SqlSession) => Promise<void>;
  readonly settle: (error: unknown) => void;
}

/** Statements are prepared once a connection, the newest of them kept. */
function sessionOf(connection: Connection): SqlSession {
  const prepared = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const made = connection.prepare<SqlValue[], SqlRow>(sql);
    const oldest = prepared.size < MOST_STATEMENTS ? undefined : prepared.keys().next().value;
    if (oldest !== undefined) prepared.delete(oldest);
    prepared.set(sql, made);
    return made;
  };
  return {
    all: (sql, params = []) => attempt(() => prepare(sql).all(...params)),
    run: (sql, params = []) => attempt(() => prepare(sql).run(...params).changes),
  };
}

/** The driver is synchronous: a session's promise is settled when it is handed out. */
function attempt<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(translate(error));
  }
}

function translate(error: unknown, file = 'the database file'): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return new PortError('corrupt', `${file} is damaged (${code})`, { cause: error });
  if (!/^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY)/.test(code)) return error;
  return new PortError('unavailable', `${file} cannot be used now (${code})`, { cause: error });
}

export interface SqliteOptions {
  readonly log?: StoreLog;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

function openOrSay(file: string, readonly: boolean): Connection {
  try {
    return open(file, readonly);
  } catch (error) {
    throw translate(error, file);
  }
}

function open(file: string, readonly: boolean): Connection {
  const connection = new Database(file, { readonly, timeout: 5_000 });
  if (!readonly) {
    connection.pragma('journal_mode = WAL');
    // Acknowledged is on disk: each group's commit waits for the device.
    connection.pragma('synchronous = FULL');
    // What is erased is overwritten.
    connection.pragma('secure_delete = ON');
    // 32 MB of log before it is worked into the file: pages that are hot are written once.
    connection.pragma('wal_autocheckpoint = 8000');
  }
  connection.pragma('cache_size = -65536');
  connection.pragma('temp_store = MEMORY');
  return connection;
}

/**
 * One SQLite file: one connection that writes, with group commit, and one that reads what is
 * committed. A work that throws is undone alone (SAVEPOINT); a commit that fails fails every work
 * of its group.
 */
export class SqliteDatabase implements SqlDatabase {
  readonly dialect = 'sqlite';
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #writeSession: SqlSession;
  readonly #readSession: SqlSession;
  #queue: QueuedWork[] = [];
  #working: Promise<void> | null = null;
  #reading: Promise<unknown> = Promise.resolve();
  readonly #failures: WriteFailures;
  #closed = false;

  /** Throws PortError `corrupt` where the file is no database. */
  constructor(file: string, { log = () => undefined, now }: SqliteOptions = {}) {
    this.#failures = new WriteFailures(file, log, now);
    this.#writer = openOrSay(file, false);
    this.#reader = openOrSay(file, true);
    this.#writeSession = sessionOf(this.#writer);
    this.#readSession = sessionOf(this.#reader);
  }

  /**
   * Reads come one after another: each has the one reading connection, and one snapshot, to itself.
   */
  read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const turn = this.#reading.then(() => this.#readNow(work));
    this.#reading = turn.catch(() => undefined);
    return turn;
  }

  async #readNow<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    if (this.#closed) throw closed();
    this.#reader.exec('BEGIN');
    try {
      return await work(this.#readSession);
    } finally {
      this.#reader.exec('COMMIT');
    }
  }

  write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise<T>((resolve, reject) => {
      let value: T;
      this.#queue.push({
        run: async (session) => {
          value = await work(session);
        },
        settle: (error) => (error === null ? resolve(value) : reject(error as Error)),
      });
      this.#working ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // A turn of the event loop lets every caller of this moment into the group, and sockets have
      // theirs between groups.
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#queue.splice(0, GROUP);
      await this.#commitGroup(group);
    }
    this.#working = null;
  }

  async #commitGroup(group: readonly QueuedWork[]): Promise<void> {
    const outcomes: unknown[] = [];
    try {
      this.#writer.exec('BEGIN IMMEDIATE');
      for (const work of group) outcomes.push(await this.#runInSavepoint(work));
      this.#writer.exec('COMMIT');
    } catch (error) {
      if (this.#writer.inTransaction) this.#writer.exec('ROLLBACK');
      this.#settle(group, () => translate(error));
      return;
    }
    this.#settle(group, (index) => outcomes[index] ?? null);
  }

  #settle(group: readonly QueuedWork[], outcomeOf: (index: number) => unknown): void {
    for (const [index, work] of group.entries()) {
      const outcome = outcomeOf(index);
      this.#failures.note(outcome);
      work.settle(outcome);
    }
  }

  async #runInSavepoint(work: QueuedWork): Promise<unknown> {
    this.#writer.exec('SAVEPOINT work');
    try {
      await work.run(this.#writeSession);
    } catch (error) {
      // A full disk undoes the whole transaction, not the statement alone: none of the group has
      // happened.
      if (!this.#writer.inTransaction) throw error;
      this.#writer.exec('ROLLBACK TO work');
      this.#writer.exec('RELEASE work');
      return error;
    }
    this.#writer.exec('RELEASE work');
    return null;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#working;
    await this.#reading;
    this.#reader.close();
    this.#writer.close();
  }
}

function closed(): PortError {
  return new PortError('closed', 'the database is closed');
}
