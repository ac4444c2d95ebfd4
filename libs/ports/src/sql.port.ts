export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/**
 * One connection inside one transaction. SQL is written once for both dialects: `?` marks a
 * parameter; JSON and times are TEXT or BIGINT; `BLOB` is spelled by {@link SqlDatabase.dialect}.
 */
export interface SqlSession {
  all(sql: string, params?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** Returns how many rows changed. */
  run(sql: string, params?: readonly SqlValue[]): Promise<number>;
}

/**
 * The relational database beside the store (SQLite file or PostgreSQL): secrets, stored replies,
 * views and their checkpoints.
 * - `write` runs `work` in one transaction and resolves when it is durable. `work` awaits nothing
 *   but its session (SQLite commits
 *   several callers' works in one group, one after another, each undone alone if it throws). In
 *     PostgreSQL a serialization failure is retried, so `work` may run twice.
 * - `read` sees only what is committed, on one snapshot.
 * - Failures of the database are PortError `unavailable` (retriable), `closed`, or
 *   `unacceptable`: a value that it will never take;
 *   whatever `work` throws passes through.
 */
export interface SqlDatabase {
  readonly dialect: 'sqlite' | 'postgres';
  read<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  write<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
