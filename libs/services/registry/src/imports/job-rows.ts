import type { ImportJob, JobChunk, JobState, SqlRow, SqlValue } from '@tallystick/ports';

export const JOB_COLUMNS = `job_id, tenant, actor, dry_run, state, undoing, undone_by, row_count,
  accepted, refused, chunks, secrets_through, attempt, lease_until, created_at`;

const STATES: readonly JobState[] = ['running', 'done', 'failed', 'undone'];

function stateOf(row: SqlRow): JobState {
  const state = STATES.find((one) => one === row['state']);
  if (state === undefined) throw new Error(`a job in state ${String(row['state'])}`);
  return state;
}

export function toJob(row: SqlRow): ImportJob {
  return {
    jobId: String(row['job_id']),
    tenant: String(row['tenant']),
    actor: String(row['actor']),
    dryRun: row['dry_run'] === 1,
    state: stateOf(row),
    undoing: row['undoing'] === 1,
    undoneBy: row['undone_by'] === null ? null : String(row['undone_by']),
    rows: Number(row['row_count']),
    accepted: Number(row['accepted']),
    refused: Number(row['refused']),
    chunks: Number(row['chunks']),
    secretsThrough: Number(row['secrets_through']),
    attempt: Number(row['attempt']),
    leaseUntil: Number(row['lease_until']),
    createdAt: Number(row['created_at']),
  };
}

export function jobValues(job: ImportJob): readonly SqlValue[] {
  return [
    ...[job.jobId, job.tenant, job.actor, job.dryRun ? 1 : 0, job.state, job.undoing ? 1 : 0],
    job.undoneBy,
    ...[job.rows, job.accepted, job.refused, job.chunks, job.secretsThrough],
    ...[job.attempt, job.leaseUntil, job.createdAt],
  ];
}

export const CHUNK_COLUMNS = `job_id, n, first_row, row_count, accepted, refused, kept, undone, settled,
  digest, packed`;

export function toChunk(row: SqlRow): JobChunk {
  const digest = row['digest'];
  if (!(digest instanceof Uint8Array)) throw new Error('a chunk without a digest');
  return {
    n: Number(row['n']),
    firstRow: Number(row['first_row']),
    rows: Number(row['row_count']),
    accepted: Number(row['accepted']),
    refused: Number(row['refused']),
    kept: Number(row['kept']),
    undone: Number(row['undone']),
    settled: row['settled'] === 1,
    digest,
    packed: String(row['packed']),
  };
}

export function chunkValues(jobId: string, chunk: JobChunk): readonly SqlValue[] {
  const { n, firstRow, rows, accepted, refused, kept, undone, settled, digest, packed } = chunk;
  return [
    ...[jobId, n, firstRow, rows, accepted, refused, kept, undone, settled ? 1 : 0],
    ...[digest, packed],
  ];
}
