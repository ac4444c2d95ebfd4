import type { ImportJob, JobChunk } from '@tallystick/ports';
import { eachAtOnce } from '../relay/each-at-once.ts';
import type { CallContext } from '../handlers/handlers.types.ts';
import { countsOf } from './chunk-writer.ts';
import { packPlan, unpackPlan } from './chunk-plan.codec.ts';
import { Holding } from './holding.ts';
import type { RunParts } from './import-run.ts';
import type { ChunkPlan } from './planned-row.types.ts';
import { streamsOfDevice, undoDevice } from './undo-chunk.ts';
import { findUnsettled, toWrite } from './unsettled.ts';

/**
 * Between two chunks. Deletions take the fast lane, and whatever else restricts somebody must not
 * wait behind a million of them.
 */
const PAUSE_MS = 100;

/** The undoing of one job, chunk after chunk; a repetition goes on where it stopped. */
export class UndoRun {
  readonly #with: RunParts;
  readonly #holding: Holding;
  readonly #context: CallContext;
  readonly #stopped: () => boolean;

  constructor(run: RunParts, holding: Holding, context: CallContext, stopped: () => boolean) {
    this.#with = run;
    this.#holding = holding;
    this.#context = { ...context, causationId: holding.job.jobId };
    this.#stopped = stopped;
  }

  /** Ends early where another holder has the work, or this process is to end. */
  async run(): Promise<void> {
    const { job } = this.#holding;
    await this.#endImport(job);
    const { deps, patience, parts } = this.#with;
    for (let fromN = 0; !this.#stopped();) {
      const question = { fromN, limit: 1, holding: ['accepted'] } as const;
      const [chunk] = await patience(() => deps.jobs.chunks(job.jobId, question));
      if (chunk === undefined) return this.#finish(job);
      if (!(await this.#undo(chunk))) return;
      fromN = chunk.n + 1;
      await parts.pause(PAUSE_MS);
    }
  }

  /** From here on nothing more can be registered by this job. */
  async #endImport(job: ImportJob): Promise<void> {
    const { parts, deps, patience, tell } = this.#with;
    const { jobId, rows, accepted, refused } = job;
    const data = { jobId, rows, accepted, refused };
    const time = parts.clock.now();
    await tell({ type: 'ImportFinished', time, data }, this.#context);
    const found = await findUnsettled({ store: parts.store, jobs: deps.jobs, patience }, job);
    await this.#holding.write(toWrite(found));
  }

  async #undo(chunk: JobChunk): Promise<boolean> {
    const plan = unpackPlan(chunk.packed);
    const rows = await this.#delete(chunk, plan);
    const undone = { ...plan, rows };
    const packed = packPlan(undone);
    return this.#holding.write({ chunk: { ...chunk, packed, ...countsOf(undone) } });
  }

  /** Until the append finds every device as it was read. */
  async #delete({ firstRow }: JobChunk, plan: ChunkPlan): Promise<ChunkPlan['rows']> {
    const { parts, deps, patience } = this.#with;
    const { tenant } = this.#context;
    const scope = await parts.loading.deviceKeyScope(tenant);
    const streams = plan.rows.flatMap((row) =>
      row.state === 'accepted' ? streamsOfDevice(tenant, scope, row) : [],
    );
    for (;;) {
      const ends = await patience(() => deps.ends.lastEvents(streams));
      const facts = { context: this.#context, scope, ends };
      const decided = await eachAtOnce([...plan.rows.entries()], async ([index, row]) => {
        if (row.state !== 'accepted') return { row, appends: [] };
        const undone = await undoDevice(parts, plan, firstRow + index, row, facts);
        return { row: { ...row, state: undone.state }, appends: undone.appends };
      });
      const appends = decided.flatMap((one) => one.appends);
      const appended =
        appends.length === 0 ? null : await patience(() => parts.store.append(appends));
      if (appended === null || appended.ok) return decided.map(({ row }) => row);
    }
  }

  async #finish({ jobId }: ImportJob): Promise<void> {
    const { parts, deps, patience, tell } = this.#with;
    const { undone, kept } = await patience(() => deps.jobs.counts(jobId));
    const time = parts.clock.now();
    await tell({ type: 'ImportUndone', time, data: { jobId, undone, kept } }, this.#context);
    await this.#holding.end('undone');
  }
}
