import { PortError, type JsonValue } from '@tallystick/kernel';
import type { SqlDatabase, SqlRow, SqlSession } from '@tallystick/ports';
import { json, number, text, textOrNull } from '../stores/sql/rows.ts';

export type CheckKind = 'verify' | 'rebuild';

/** Where a view first says something else than the log. */
export interface Difference {
  readonly key: string;
  /** The column, and the field in it. */
  readonly path: string;
  /** null: it has no such row. */
  readonly inView: JsonValue;
  readonly inLog: JsonValue;
}

export interface CheckedView {
  readonly view: string;
  readonly equal: boolean;
  readonly rows: number;
  readonly difference: Difference | null;
}

/** A comparison or a rebuild, as any process tells of it. */
export interface Check {
  readonly checkId: string;
  readonly kind: CheckKind;
  /** The views that were asked for. */
  readonly names: readonly string[];
  readonly state: 'running' | 'done' | 'failed';
  readonly position: number;
  readonly head: number;
  readonly views: readonly CheckedView[];
  readonly detail: string | null;
}

export const CHECK_TABLES = [
  `CREATE TABLE IF NOT EXISTS view_checks (
     check_id TEXT PRIMARY KEY, kind TEXT NOT NULL, names TEXT NOT NULL, state TEXT NOT NULL, position BIGINT NOT NULL, head BIGINT NOT NULL,
     views TEXT NOT NULL, detail TEXT, started_at BIGINT NOT NULL, beat_at BIGINT NOT NULL)`,
  // The views of which every page feeds the tables beside as well.
  `CREATE TABLE IF NOT EXISTS view_follows (view TEXT PRIMARY KEY)`,
];

export const BEAT_MS = 2_000;
/**
 * Who has not told for so long that it goes on has ended. SQLite's one process cannot tell while it
 * makes a large index, and whether it has ended shows at its start.
 */
const DEAD_MS = { sqlite: 10 * 24 * 3_600_000, postgres: 15_000 } as const;
const KEPT = 100;
const DIED = 'the registry that ran it has ended';

/** There is one time, the database's: replicas need not agree on theirs. */
const NOW = {
  sqlite: `CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)`,
  postgres: `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`,
} as const;

const toCheck = (row: SqlRow): Check => ({
  checkId: text(row, 'check_id'),
  // As this file wrote them.
  kind: text(row, 'kind') === 'verify' ? 'verify' : 'rebuild',
  names: json<readonly string[]>(row, 'names'),
  state: text(row, 'state') as Check['state'],
  position: number(row, 'position'),
  head: number(row, 'head'),
  views: json<readonly CheckedView[]>(row, 'views'),
  detail: textOrNull(row, 'detail'),
});

/** The checks that are kept in the database, the newest of them. */
export class Checks {
  readonly #db: SqlDatabase;
  readonly #now: string;

  constructor(db: SqlDatabase) {
    this.#db = db;
    this.#now = NOW[db.dialect];
  }

  /** In the transaction of whoever holds the lock of builds: the running one, whose owner lives. */
  async running(session: SqlSession): Promise<Check | null> {
    await session.run(
      `UPDATE view_checks SET state = 'failed', detail = ? WHERE state = 'running' AND beat_at < ${this.#now} - ?`,
      [DIED, DEAD_MS[this.#db.dialect]],
    );
    const [row] = await session.all(`SELECT * FROM view_checks WHERE state = 'running'`);
    return row === undefined ? null : toCheck(row);
  }

  async begin(session: SqlSession, { checkId, kind, names, head }: Check): Promise<void> {
    await session.run(
      `INSERT INTO view_checks (check_id, kind, names, state, position, head, views, detail, started_at, beat_at)
       VALUES (?, ?, ?, 'running', 0, ?, '[]', NULL, ${this.#now}, ${this.#now})`,
      [checkId, kind, JSON.stringify(names), head],
    );
    await session.run(
      `DELETE FROM view_checks WHERE check_id NOT IN (
         SELECT check_id FROM view_checks ORDER BY started_at DESC LIMIT ${KEPT})`,
    );
  }

  /** Rejects once another process has taken it for dead. */
  async stillOwn(session: SqlSession, checkId: string): Promise<void> {
    const sql = `SELECT 1 FROM view_checks WHERE check_id = ? AND state = 'running'`;
    const rows = await session.all(sql, [checkId]);
    if (rows.length === 0)
      throw new PortError('closed', 'another process has taken the build of the views over');
  }

  async beat(checkId: string, position: number): Promise<void> {
    await this.#db.write((session) =>
      session.run(
        `UPDATE view_checks SET beat_at = ${this.#now}, position = ? WHERE check_id = ? AND state = 'running'`,
        [position, checkId],
      ),
    );
  }

  async end(check: Check): Promise<void> {
    const { checkId, state, position, head, views, detail } = check;
    await this.#db.write((session) =>
      session.run(
        `UPDATE view_checks SET state = ?, position = ?, head = ?, views = ?, detail = ?
         WHERE check_id = ? AND state = 'running'`,
        [state, position, head, JSON.stringify(views), detail, checkId],
      ),
    );
  }

  /** One whose process has ended shows as failed. */
  find(checkId: string): Promise<Check | null> {
    return this.#db.read(async (session) => {
      const sql = `SELECT *, CASE WHEN beat_at < ${this.#now} - ? THEN 1 ELSE 0 END AS dead FROM view_checks WHERE check_id = ?`;
      const [row] = await session.all(sql, [DEAD_MS[this.#db.dialect], checkId]);
      if (row === undefined) return null;
      const check = toCheck(row);
      const dead = check.state === 'running' && row['dead'] === 1;
      return dead ? { ...check, state: 'failed', detail: DIED } : check;
    });
  }

  /** Of a database that one process owns: what ran before its start is dead. */
  async endAll(): Promise<void> {
    await this.#db.write((session) =>
      session.run(`UPDATE view_checks SET state = 'failed', detail = ? WHERE state = 'running'`, [
        DIED,
      ]),
    );
  }
}
