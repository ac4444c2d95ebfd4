import type { ImportJobSweeps, SqlDatabase, SqlSession } from '@tallystick/ports';
import { JOB_COLUMNS, toJob } from './job-rows.ts';

const MOST_LEFT = 10;
/** Chunks hold some 50 KB each. */
const CHUNKS = 20;
const NAMES = 2_000;

const LEFT = `SELECT ${JOB_COLUMNS} FROM registry_jobs
  WHERE state = 'running' AND lease_until <= ? ORDER BY lease_until LIMIT ?`;
const OLD = `SELECT job_id FROM registry_jobs
  WHERE created_at < ? AND state <> 'running' ORDER BY created_at LIMIT 1`;
const DELETE_CHUNKS = `DELETE FROM registry_job_chunks WHERE job_id = ? AND n IN
  (SELECT n FROM registry_job_chunks WHERE job_id = ? ORDER BY n LIMIT ?)`;
const NAMED = `SELECT job_id FROM registry_jobs j WHERE dry_run = 1 AND state <> 'running'
  AND EXISTS (SELECT 1 FROM registry_job_names n WHERE n.job_id = j.job_id) LIMIT 1`;
const DELETE_NAMES = `DELETE FROM registry_job_names WHERE job_id = ? AND name IN
  (SELECT name FROM registry_job_names WHERE job_id = ? LIMIT ?)`;

async function pruneOld(session: SqlSession, createdBefore: number): Promise<boolean> {
  const [old] = await session.all(OLD, [createdBefore]);
  if (old === undefined) return false;
  const jobId = String(old['job_id']);
  if ((await session.run(DELETE_CHUNKS, [jobId, jobId, CHUNKS])) === 0)
    await session.run('DELETE FROM registry_jobs WHERE job_id = ?', [jobId]);
  return true;
}

async function pruneNames(session: SqlSession): Promise<boolean> {
  const [named] = await session.all(NAMED);
  if (named === undefined) return false;
  const jobId = String(named['job_id']);
  await session.run(DELETE_NAMES, [jobId, jobId, NAMES]);
  return true;
}

export function createSqlJobSweeps(db: SqlDatabase): ImportJobSweeps {
  return {
    left: async (now) =>
      (await db.read((session) => session.all(LEFT, [now, MOST_LEFT]))).map(toJob),
    prune: (createdBefore) =>
      db.write(
        async (session) => (await pruneNames(session)) || (await pruneOld(session, createdBefore)),
      ),
  };
}
