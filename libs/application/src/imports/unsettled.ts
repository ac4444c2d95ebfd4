import { deviceStream } from '@tallystick/contracts';
import type { EventStore, ImportJob, ImportJobs, JobWrite } from '@tallystick/ports';
import { unpackPlan } from './chunk-plan.codec.ts';
import { eventIdOf } from './event-ids.ts';
import type { Patience } from './patience.ts';

interface Deps {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly jobs: Pick<ImportJobs, 'chunks'>;
  readonly patience: Patience;
}

/**
 * Of the job's last chunk: whether its devices stand in the store. An append is whole or not at
 * all, so the first device of the chunk tells.
 */
export async function findUnsettled(
  { store, jobs, patience }: Deps,
  { jobId, tenant, chunks }: ImportJob,
): Promise<{ readonly n: number; readonly stands: boolean } | null> {
  const question = { fromN: chunks - 1, limit: 1 };
  const [last] = chunks === 0 ? [] : await patience(() => jobs.chunks(jobId, question));
  if (last === undefined || last.settled) return null;
  const { n, firstRow, packed } = last;
  const { rows, seeds } = unpackPlan(packed);
  for (const [index, planned] of rows.entries()) {
    if (planned.state === 'refused') continue;
    const { productKey, deviceKey, revision } = planned;
    const stream = deviceStream(tenant, productKey, deviceKey);
    const [event] = await patience(() => store.readStream(stream, revision + 1, 1));
    return { n, stands: event?.id === eventIdOf(seeds[0], firstRow + index) };
  }
  return { n, stands: true };
}

/** What to write of a chunk that nobody will append any more. */
export function toWrite(found: Awaited<ReturnType<typeof findUnsettled>>): JobWrite {
  if (found === null) return {};
  return found.stands ? { settled: found.n } : { forgotten: found.n };
}
