import { Socket } from 'node:net';
import pg from 'pg';
import { isPortError, Outage, PortError } from '@tallystick/kernel';
import { withinMs, type SqlDatabase, type SqlRow, type SqlSession } from '@tallystick/ports';
import type { StoreLog } from '../store-log.ts';

const RETRIES = 10;
/** Serialization failure and deadlock: the transaction may simply be run again. */
const RETRIABLE_STATES = new Set(['40001', '40P01']);
/** Classes of SQLSTATE: connection, resources, operator intervention. */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58']);
/**
 * A standby that took no lead yet; a session that was ended because it stood still inside a
 * transaction.
 */
const UNAVAILABLE_STATES = new Set(['25006', '25P03', '55P03']);
/** Classes of SQLSTATE: a value that no column takes, a row that no index takes. */
const UNACCEPTABLE_CLASSES = new Set(['22', '54']);
/**
 * No statement of ours takes so long; a server that is stopped or cut off must not hold its callers
 * for ever.
 */
const QUERY_MS = 8_000;
/** But for an index, or a table that is filled from others: it takes what there is to read. */
const BUILD_MS = 600_000;
const BUILDS = /^(CREATE|ANALYZE|INSERT INTO \w+ \([^)]*\)\s+SELECT) /;
/** A process that is stopped in the middle of an append must not keep the head's row. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/** A server that is silent says no farewell. */
const CLOSE_MS = 1_500;

// int8 and numeric as numbers: positions and times stay far below 2^53.
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);
types.setTypeParser(pg.types.builtins.NUMERIC, Number);

const rewritten = new Map<string, string>();

/** `?` → `$1`, `$2` … No statement of ours has a question mark in a literal. */
function toDollars(sql: string): string {
  const known = rewritten.get(sql);
  if (known !== undefined) return known;
  let count = 0;
  const made = sql.replaceAll('?', () => `$${++count}`);
  if (rewritten.size < 1_000) rewritten.set(sql, made);
  return made;
}

function sessionOf(client: pg.PoolClient): SqlSession {
  const query = (sql: string, params: readonly unknown[]): Promise<pg.QueryResult<SqlRow>> =>
    client.query<SqlRow>({
      text: toDollars(sql),
      values: params.map(toParameter),
      ...(BUILDS.test(sql) ? { query_timeout: BUILD_MS } : {}),
    });
  return {
    all: async (sql, params = []) => (await query(sql, params)).rows,
    run: async (sql, params = []) => (await query(sql, params)).rowCount ?? 0,
  };
}

function toParameter(value: unknown): unknown {
  // PostgreSQL's texts hold no U+0000. It is replaced by U+FFFD: a query for it finds nothing, a
  // written text shows it.
  if (typeof value === 'string' && value.includes('\0')) return value.replaceAll('\0', '\uFFFD');
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value) : value;
}

function stateOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Driver errors in the port's words; whatever else a work threw passes through. */
export function translate(error: unknown): unknown {
  if (error instanceof PortError || !(error instanceof Error)) return error;
  const state = stateOf(error);
  const ofNetwork = 'syscall' in error || /^E[A-Z_]{3,}$/.test(state);
  const lost = /connection (terminated|ended|closed)|timeout|not queryable/i.test(error.message);
  const refused =
    UNAVAILABLE_STATES.has(state) ||
    (/^[0-9A-Z]{5}$/.test(state) && UNAVAILABLE_CLASSES.has(state.slice(0, 2)));
  // Its message may hold the value: the state says enough.
  if (/^[0-9A-Z]{5}$/.test(state) && UNACCEPTABLE_CLASSES.has(state.slice(0, 2)))
    return new PortError('unacceptable', `the database will never take this (${state})`, {
      cause: error,
    });
  // The driver's own errors carry no state; a statement's error does, whatever its words.
  if (!ofNetwork && !refused && !(lost && state === '')) return error;
  return new PortError('unavailable', 'the database does not answer', { cause: error });
}

export interface PostgresOptions {
  readonly url: string;
  readonly maxConnections?: number;
  /** Told once when it is away, and once when it is back. */
  readonly log?: StoreLog;
  /** Told of every new connection, before anything is asked over it. */
  readonly onConnected?: () => void;
}

const DATABASE = 'database';

/**
 * PostgreSQL through a pool. A lost connection is one caller's `unavailable`, never the process's
 * end.
 */
export class PostgresDatabase implements SqlDatabase {
  readonly dialect = 'postgres';
  readonly #pool: pg.Pool;
  readonly #outage: Outage;
  readonly #sockets = new Set<Socket>();
  #closed = false;

  constructor({ url, maxConnections = 10, log = () => undefined, onConnected }: PostgresOptions) {
    this.#outage = new Outage({
      away: (error) => log('warn', 'PostgreSQL is away', { error }),
      back: (awayMs) => log('warn', 'PostgreSQL is back', { awayMs }),
    });
    this.#pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      types,
      connectionTimeoutMillis: 5_000,
      query_timeout: QUERY_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      application_name: 'tallystick',
      keepAlive: true,
      stream: () => this.#openSocket(),
    });
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', () => onConnected?.());
  }

  read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
  }

  async write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#transaction('BEGIN', work);
      } catch (error) {
        if (!RETRIABLE_STATES.has(stateOf(error)) || attempt === RETRIES) throw error;
      }
    }
  }

  async #transaction<T>(begin: string, work: (session: SqlSession) => Promise<T>): Promise<T> {
    if (this.#closed) throw new PortError('closed', 'the database is closed');
    const began = performance.now();
    try {
      const value = await this.#transact(begin, work);
      this.#outage.succeeded(DATABASE);
      return value;
    } catch (error) {
      if (isPortError(error, 'unavailable')) {
        const why = error.cause instanceof Error ? error.cause.message : error.message;
        this.#outage.failed(DATABASE, why, performance.now() - began);
      }
      throw error;
    }
  }

  async #transact<T>(begin: string, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw translate(error);
    });
    const ignore = (): void => undefined;
    client.on('error', ignore);
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const value = await work(sessionOf(client));
      await client.query('COMMIT');
      return value;
    } catch (error) {
      const translated = translate(error);
      // A connection that does not answer is closed; nothing waits for it.
      broken = isPortError(translated, 'unavailable') ? translated : await this.#rollBack(client);
      throw translated;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }

  async #rollBack(client: pg.PoolClient): Promise<Error | undefined> {
    try {
      await client.query('ROLLBACK');
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const ended = this.#pool.end();
    await withinMs(ended, CLOSE_MS);
    // Callers that still wait for an answer get the end of the connection.
    for (const socket of this.#sockets) socket.destroy();
    await ended;
  }

  #openSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
