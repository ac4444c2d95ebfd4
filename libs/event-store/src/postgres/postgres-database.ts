import pg from 'pg';
import { PortError } from '@tallystick/kernel';
import type { SqlDatabase, SqlRow, SqlSession } from '@tallystick/ports';

const RETRIES = 10;
/** Serialization failure and deadlock: the transaction may simply be run again. */
const RETRIABLE_STATES = new Set(['40001', '40P01']);
/** Of SQLSTATE's classes: connection, resources, operator intervention. */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58']);

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
    client.query<SqlRow>({ text: toDollars(sql), values: params.map(toParameter) });
  return {
    all: async (sql, params = []) => (await query(sql, params)).rows,
    run: async (sql, params = []) => (await query(sql, params)).rowCount ?? 0,
  };
}

function toParameter(value: unknown): unknown {
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value) : value;
}

function stateOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Driver errors in the port's words; whatever else a work threw passes through. */
export function translate(error: unknown): unknown {
  if (error instanceof PortError || !(error instanceof Error)) return error;
  const state = stateOf(error);
  const connection = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN)/.test(state);
  const lost =
    /connection (terminated|ended|closed)|timeout exceeded|not queryable|Connection terminated/i.test(
      error.message,
    );
  if (!connection && !lost && !UNAVAILABLE_CLASSES.has(state.slice(0, 2))) return error;
  return new PortError('unavailable', 'the database does not answer', { cause: error });
}

export interface PostgresOptions {
  readonly url: string;
  readonly maxConnections?: number;
}

/** PostgreSQL through a pool. A lost connection is one caller's `unavailable`, never the process's end. */
export class PostgresDatabase implements SqlDatabase {
  readonly dialect = 'postgres';
  readonly #pool: pg.Pool;
  #closed = false;

  constructor({ url, maxConnections = 10 }: PostgresOptions) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      types,
      connectionTimeoutMillis: 5_000,
      query_timeout: 30_000,
      application_name: 'tallystick',
      keepAlive: true,
    });
    this.#pool.on('error', () => undefined);
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
      broken = await this.#rollBack(client);
      throw translate(error);
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
    await this.#pool.end();
  }
}
