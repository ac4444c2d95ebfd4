import { unpackPlan, type PlannedRow } from '@tallystick/application';
import type { JobRowDocument } from '@tallystick/contracts';
import type { ChunkCounts, ImportJob, ImportJobs, JobChunk } from '@tallystick/ports';
import type { Page } from '../cqrs/read.ts';

/** Chunks that are read at once: each holds about five hundred rows. */
const CHUNKS = 4;

export interface RowsAsked {
  readonly state: keyof ChunkCounts | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

function toDocument(row: number, planned: PlannedRow): JobRowDocument {
  if (planned.state === 'refused') {
    const { state, deviceKey, code, detail } = planned;
    return { row, state, deviceId: null, deviceKey, code, detail };
  }
  const { state, deviceId, deviceKey } = planned;
  return { row, state, deviceId, deviceKey, code: null, detail: null };
}

/** `<chunk>.<row>`: where the next page begins. */
const toCursor = (n: number, row: number): string =>
  Buffer.from(`${n}.${row}`).toString('base64url');

function fromCursor(cursor: string | undefined): readonly [n: number, row: number] | null {
  if (cursor === undefined) return [0, 1];
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, n, row] = /^(\d{1,9})\.(\d{1,10})$/.exec(text) ?? [];
  return n === undefined || row === undefined ? null : [Number(n), Number(row)];
}

function rowsOf({ firstRow, packed }: JobChunk, from: number, state: RowsAsked['state']) {
  return unpackPlan(packed)
    .rows.map((planned, index) => toDocument(firstRow + index, planned))
    .filter((row) => row.row >= from && (state === undefined || row.state === state));
}

/** Rows of chunks that are settled, in their order; null: no cursor of this list. */
export async function listJobRows(
  jobs: Pick<ImportJobs, 'chunks'>,
  { jobId }: Pick<ImportJob, 'jobId'>,
  { state, limit, cursor }: RowsAsked,
): Promise<Page<JobRowDocument> | null> {
  const place = fromCursor(cursor);
  if (place === null) return null;
  let [fromN, from] = place;
  const data: JobRowDocument[] = [];
  const holding = state === undefined ? {} : { holding: [state] };
  for (;;) {
    const chunks = await jobs.chunks(jobId, { fromN, limit: CHUNKS, ...holding });
    for (const chunk of chunks) {
      if (!chunk.settled) return { data, nextCursor: null };
      for (const row of rowsOf(chunk, from, state)) {
        if (data.length === limit) return { data, nextCursor: toCursor(chunk.n, row.row) };
        data.push(row);
      }
      fromN = chunk.n + 1;
      from = 1;
    }
    if (chunks.length < CHUNKS) return { data, nextCursor: null };
  }
}
