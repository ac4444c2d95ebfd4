import type { ImportJob } from '@tallystick/ports';
import type { CallContext } from '../handlers/handlers.types.ts';
import { Holding, LEASE_MS } from './holding.ts';
import type { RunParts } from './import-run.ts';
import type { ImportHandlers } from './import-handlers.types.ts';
import { UndoRun } from './undo-run.ts';
import { findUnsettled, toWrite } from './unsettled.ts';

const LOOK_EVERY_MS = 50;
const BEAT_MS = 2_500;

/** Who undoes, where nobody of those who asked is here any more. */
function contextOf({ tenant, jobId, undoneBy, actor }: ImportJob): CallContext {
  return { tenant, actor: undoneBy ?? actor, correlationId: jobId };
}

/** The work on a job that its upload has left, or was taken from. */
class Undoing {
  readonly #run: RunParts;
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(run: RunParts) {
    this.#run = run;
  }

  async undo(job: ImportJob, context: CallContext, waitMs: number): Promise<ImportJob> {
    if (job.dryRun || job.state === 'undone') return job;
    const { deps, patience, parts } = this.#run;
    const { jobId } = job;
    const now = parts.clock.now();
    const until = now + LEASE_MS;
    const taken =
      (await patience(() => deps.jobs.takeToUndo(jobId, context.actor, until))) ??
      (await patience(() => deps.jobs.take(jobId, 'undoing', now, until)));
    // What fails here is gone on with by whoever sweeps.
    if (taken !== null) this.#start(taken, context).catch(() => undefined);
    return (await this.#waitFor(jobId, waitMs)) ?? job;
  }

  async resume({ jobId, undoing }: ImportJob): Promise<void> {
    const { deps, parts } = this.#run;
    const work = undoing ? 'undoing' : 'importing';
    const now = parts.clock.now();
    const taken = await deps.jobs.take(jobId, work, now, now + LEASE_MS);
    if (taken === null) return;
    if (undoing) await this.#start(taken, contextOf(taken));
    else await this.#endImport(taken);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  #holding(job: ImportJob): Holding {
    const { deps, patience, parts } = this.#run;
    return new Holding(job, { jobs: deps.jobs, clock: parts.clock, patience });
  }

  #start(job: ImportJob, context: CallContext): Promise<void> {
    const holding = this.#holding(job);
    const stop = this.#run.deps.every(BEAT_MS, async () => void (await holding.write({})));
    const run = new UndoRun(this.#run, holding, context, () => this.#stopped);
    const work = run.run().finally(stop);
    const kept = work.catch(() => undefined).then(() => void this.#running.delete(kept));
    this.#running.add(kept);
    return work;
  }

  async #waitFor(jobId: string, waitMs: number): Promise<ImportJob | null> {
    const { deps, patience, parts } = this.#run;
    const end = parts.clock.monotonicMs() + waitMs;
    for (;;) {
      const job = await patience(() => deps.jobs.find(jobId));
      const over = parts.clock.monotonicMs() >= end || this.#stopped;
      if (job === null || !job.undoing || over) return job;
      await parts.pause(LOOK_EVERY_MS);
    }
  }

  async #endImport(job: ImportJob): Promise<void> {
    const { deps, patience, parts } = this.#run;
    const found = await findUnsettled({ store: parts.store, jobs: deps.jobs, patience }, job);
    const what = found?.stands === true ? toWrite(found) : {};
    await this.#holding(job).write({ ...what, state: 'failed' }, 0);
  }
}

export function createUndoing(run: RunParts): Pick<ImportHandlers, 'undo' | 'resume' | 'stop'> {
  const undoing = new Undoing(run);
  return {
    undo: (job, context, waitMs) => undoing.undo(job, context, waitMs),
    resume: (job) => undoing.resume(job),
    stop: () => undoing.stop(),
  };
}
