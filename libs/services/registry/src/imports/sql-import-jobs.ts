import { insertSecrets } from '@tallystick/event-store';
import type {
  ChunkCounts,
  ChunkQuestion,
  ImportJobs,
  JobChunk,
  JobFence,
  JobWrite,
  SqlDatabase,
  SqlSession,
  SqlValue,
} from '@tallystick/ports';
import { CHUNK_COLUMNS, chunkValues, JOB_COLUMNS, jobValues, toChunk, toJob } from './job-rows.ts';

const marks = (count: number): string => Array.from({ length: count }, () => '?').join(',');

const INSERT_JOB = `INSERT INTO registry_jobs (${JOB_COLUMNS}) VALUES (${marks(15)})
  ON CONFLICT (job_id) DO NOTHING`;
const FIND_JOB = `SELECT ${JOB_COLUMNS} FROM registry_jobs WHERE job_id = ?`;
const PUT_CHUNK = `INSERT INTO registry_job_chunks (${CHUNK_COLUMNS}) VALUES (${marks(11)})
  ON CONFLICT (job_id, n) DO UPDATE SET accepted = excluded.accepted, refused = excluded.refused,
    kept = excluded.kept, undone = excluded.undone, settled = excluded.settled,
    digest = excluded.digest, packed = excluded.packed`;
const SETTLE = `UPDATE registry_job_chunks SET settled = 1 WHERE job_id = ? AND n = ? AND settled = 0`;
const COUNT = `UPDATE registry_jobs SET
    row_count = row_count + (SELECT row_count FROM registry_job_chunks WHERE job_id = ? AND n = ?),
    accepted = accepted + (SELECT accepted FROM registry_job_chunks WHERE job_id = ? AND n = ?),
    refused = refused + (SELECT refused FROM registry_job_chunks WHERE job_id = ? AND n = ?)
  WHERE job_id = ?`;
const TAKE = {
  importing: `UPDATE registry_jobs SET attempt = attempt + 1, lease_until = ?, state = 'running'
    WHERE job_id = ? AND lease_until <= ? AND state IN ('running', 'failed') AND undoing = 0`,
  undoing: `UPDATE registry_jobs SET attempt = attempt + 1, lease_until = ?
    WHERE job_id = ? AND lease_until <= ? AND undoing = 1`,
} as const;
const TAKE_TO_UNDO = `UPDATE registry_jobs SET attempt = attempt + 1, lease_until = ?,
    state = 'running', undoing = 1, undone_by = ?
  WHERE job_id = ? AND undoing = 0 AND state <> 'undone'`;
const COUNTS = `SELECT SUM(accepted) AS accepted, SUM(refused) AS refused, SUM(kept) AS kept,
    SUM(undone) AS undone FROM registry_job_chunks WHERE job_id = ?`;
const GIVE_OUT = `UPDATE registry_jobs SET secrets_through = ?
  WHERE job_id = ? AND secrets_through = ?`;

/** Locks the job's row: what another attempt writes comes before or not at all. */
async function holdFence(session: SqlSession, fence: JobFence): Promise<boolean> {
  const sql = 'UPDATE registry_jobs SET lease_until = ? WHERE job_id = ? AND attempt = ?';
  return (await session.run(sql, [fence.leaseUntil, fence.jobId, fence.attempt])) === 1;
}

async function settle(session: SqlSession, jobId: string, n: number): Promise<void> {
  if ((await session.run(SETTLE, [jobId, n])) === 0) return;
  await session.run(COUNT, [jobId, n, jobId, n, jobId, n, jobId]);
}

async function forget(session: SqlSession, jobId: string, n: number): Promise<void> {
  const sql = 'DELETE FROM registry_job_chunks WHERE job_id = ? AND n = ? AND settled = 0';
  if ((await session.run(sql, [jobId, n])) === 0) return;
  await session.run('UPDATE registry_jobs SET chunks = ? WHERE job_id = ?', [n, jobId]);
}

async function putChunk(session: SqlSession, jobId: string, chunk: JobChunk): Promise<void> {
  await session.run(PUT_CHUNK, chunkValues(jobId, chunk));
  await session.run('UPDATE registry_jobs SET chunks = ? WHERE job_id = ? AND chunks < ?', [
    ...[chunk.n + 1, jobId, chunk.n + 1],
  ]);
}

async function setState(session: SqlSession, jobId: string, what: JobWrite): Promise<void> {
  const { state, undoing } = what;
  if (state !== undefined)
    await session.run('UPDATE registry_jobs SET state = ? WHERE job_id = ?', [state, jobId]);
  if (undoing !== undefined)
    await session.run('UPDATE registry_jobs SET undoing = ? WHERE job_id = ?', [
      ...[undoing ? 1 : 0, jobId],
    ]);
}

function writing(db: SqlDatabase): ImportJobs['write'] {
  return (fence, what) =>
    db.write(async (session) => {
      if (!(await holdFence(session, fence))) return false;
      const { jobId } = fence;
      const { settled, forgotten, secrets = [], chunk } = what;
      if (settled !== undefined) await settle(session, jobId, settled);
      if (forgotten !== undefined) await forget(session, jobId, forgotten);
      await insertSecrets(session, secrets);
      if (chunk !== undefined) await putChunk(session, jobId, chunk);
      await setState(session, jobId, what);
      return true;
    });
}

function chunksQuery(jobId: string, { fromN, limit, holding }: ChunkQuestion) {
  const some = holding?.map((state) => `${state} > 0`).join(' OR ');
  const only = some === undefined ? '' : `AND (${some})`;
  const sql = `SELECT ${CHUNK_COLUMNS} FROM registry_job_chunks
    WHERE job_id = ? AND n >= ? ${only} ORDER BY n LIMIT ?`;
  return [sql, [jobId, fromN, limit] satisfies SqlValue[]] as const;
}

const NAMES = 256;

async function firstRows(
  session: SqlSession,
  jobId: string,
  names: readonly (readonly [string, number])[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let at = 0; at < names.length; at += NAMES) {
    const part = names.slice(at, at + NAMES);
    const values = part.map(() => '(?,?,?)').join(',');
    await session.run(
      `INSERT INTO registry_job_names (job_id, name, first_row) VALUES ${values}
       ON CONFLICT (job_id, name) DO NOTHING`,
      part.flatMap(([name, row]): SqlValue[] => [jobId, name, row]),
    );
    const rows = await session.all(
      `SELECT name, first_row FROM registry_job_names
       WHERE job_id = ? AND name IN (${marks(part.length)})`,
      [jobId, ...part.map(([name]) => name)],
    );
    for (const row of rows) found.set(String(row['name']), Number(row['first_row']));
  }
  return found;
}

function taking(db: SqlDatabase): Pick<ImportJobs, 'take' | 'takeToUndo'> {
  const take = (jobId: string, sql: string, params: readonly SqlValue[]) =>
    db.write(async (session) => {
      const taken = await session.run(sql, params);
      const [row] = taken === 0 ? [] : await session.all(FIND_JOB, [jobId]);
      return row === undefined ? null : toJob(row);
    });
  return {
    take: (jobId, work, now, leaseUntil) => take(jobId, TAKE[work], [leaseUntil, jobId, now]),
    takeToUndo: (jobId, undoneBy, leaseUntil) =>
      take(jobId, TAKE_TO_UNDO, [leaseUntil, undoneBy, jobId]),
  };
}

/** The jobs in tables of the registry's own, beside the store. */
export function createSqlImportJobs(db: SqlDatabase): ImportJobs {
  return {
    insert: async (job) =>
      void (await db.write((session) => session.run(INSERT_JOB, jobValues(job)))),
    async find(jobId) {
      const [row] = await db.read((session) => session.all(FIND_JOB, [jobId]));
      return row === undefined ? null : toJob(row);
    },
    ...taking(db),
    async counts(jobId) {
      const [row] = await db.read((session) => session.all(COUNTS, [jobId]));
      const count = (state: keyof ChunkCounts): number => Number(row?.[state] ?? 0);
      const [accepted, refused] = [count('accepted'), count('refused')];
      return { accepted, refused, kept: count('kept'), undone: count('undone') };
    },
    giveOut: (jobId, from, n) =>
      db.write(async (session) => (await session.run(GIVE_OUT, [n, jobId, from])) === 1),
    write: writing(db),
    async chunks(jobId, question) {
      const [sql, params] = chunksQuery(jobId, question);
      return (await db.read((session) => session.all(sql, params))).map(toChunk);
    },
    firstRows: (jobId, names) => db.write((session) => firstRows(session, jobId, names)),
  };
}
