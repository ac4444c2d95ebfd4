import { err, ok, type Result } from '@tallystick/kernel';
import type { ImportJob, JobChunk } from '@tallystick/ports';
import type { CallContext } from '../handlers/handlers.types.ts';
import type { Parts } from '../handlers/parts.ts';
import { toCandidate } from './candidate.ts';
import type { ChunkDigests } from './chunk-digest.ts';
import { createDialects, type Dialects } from './chunk-products.ts';
import { unpackPlan } from './chunk-plan.codec.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { Holding, LEASE_MS } from './holding.ts';
import type { ImportDeps, Imported, ImportRefusal } from './imports.types.ts';
import type { TellOfJob } from './job-events.ts';
import type { BadFile } from './parse-header.ts';
import type { Patience } from './patience.ts';
import type { RowSource } from './row-source.ts';
import type { SourceRow } from './row.types.ts';

const BEAT_MS = 2_500;
const LOOK_EVERY_MS = 200;

export interface RunParts {
  readonly parts: Parts;
  readonly deps: ImportDeps;
  readonly digests: ChunkDigests;
  readonly patience: Patience;
  readonly tell: TellOfJob;
}

export const toInvalidField = ({ path, message }: BadFile): ImportRefusal => ({
  code: 'invalid-field',
  path,
  message,
});

const MISMATCH = err({ code: 'idempotency-mismatch' } as const);

/** What became of one chunk. */
type Step = 'next' | 'again' | 'mismatch';

/**
 * One upload of a file. It works on the job while it holds it, and else goes along: it compares
 * what is recorded with what it reads, and takes the work over where its holder has stopped.
 */
export class ImportRun {
  readonly #with: RunParts;
  readonly #job: ImportJob;
  readonly #source: RowSource;
  readonly #context: CallContext;
  readonly #writer: ChunkWriter;
  readonly #dialects: Dialects;
  #holding: Holding | null = null;
  #n = 0;
  #nextRow = 1;

  constructor(run: RunParts, job: ImportJob, source: RowSource, context: CallContext) {
    this.#with = run;
    this.#job = job;
    this.#source = source;
    this.#context = { ...context, causationId: job.jobId };
    this.#dialects = createDialects(run.parts.loading, run.patience);
    this.#writer = new ChunkWriter(run, this.#context, job.dryRun);
  }

  async run(): Promise<Result<Imported, ImportRefusal>> {
    const stop = this.#with.deps.every(BEAT_MS, async () => void (await this.#holding?.write({})));
    try {
      await this.#take();
      const refusal = await this.#chunks();
      const answer = refusal ?? (await this.#end());
      if (!answer.ok) await this.#holding?.end('failed');
      return answer;
    } finally {
      stop();
    }
  }

  async #chunks(): Promise<Result<never, ImportRefusal> | null> {
    for (;;) {
      const rows = await this.#source.fill();
      if (!rows.ok) return err(toInvalidField(rows.error));
      if (rows.value === 0) return null;
      for (let step: Step = 'again'; step !== 'next';) {
        step = await this.#chunk(rows.value);
        if (step === 'mismatch') return MISMATCH;
      }
    }
  }

  /** Deals with chunk `#n`, whose rows are the next of the file. */
  async #chunk(count: number): Promise<Step> {
    const recorded = await this.#recorded();
    if (recorded?.settled === true) return this.#skip(recorded);
    const holding = this.#holding;
    return holding === null
      ? this.#wait(recorded?.rows ?? count)
      : this.#work(holding, recorded?.rows ?? count, recorded);
  }

  /** A holder knows that nothing is recorded beyond what it has taken over. */
  async #recorded(): Promise<JobChunk | null> {
    if (this.#holding !== null && this.#n >= this.#holding.job.chunks) return null;
    return this.#find();
  }

  async #find(): Promise<JobChunk | null> {
    const { deps, patience } = this.#with;
    const question = { fromN: this.#n, limit: 1 };
    const [found] = await patience(() => deps.jobs.chunks(this.#job.jobId, question));
    return found?.n === this.#n ? found : null;
  }

  async #skip(recorded: JobChunk): Promise<Step> {
    const rows = await this.#source.take(recorded.rows);
    if (!this.#isOf(rows, recorded)) return 'mismatch';
    return this.#go(rows);
  }

  #isOf(rows: readonly SourceRow[], { rows: count, digest }: JobChunk): boolean {
    const { jobId } = this.#job;
    return rows.length === count && this.#with.digests.isOf(jobId, this.#n, rows, digest);
  }

  #go(rows: readonly SourceRow[]): Step {
    this.#nextRow += rows.length;
    this.#n += 1;
    return 'next';
  }

  async #work(holding: Holding, count: number, recorded: JobChunk | null): Promise<Step> {
    const { parts, digests } = this.#with;
    const rows = await this.#source.take(count);
    if (recorded !== null && !this.#isOf(rows, recorded)) return 'mismatch';
    const planned = recorded === null ? null : unpackPlan(recorded.packed);
    const { tenant } = this.#context;
    const scope = await parts.loading.deviceKeyScope(tenant);
    const naming = { tenant, scope, ids: parts.ids, dialects: await this.#dialects(rows) };
    const ofChunk = rows.map(({ read }, index) =>
      toCandidate(read, this.#nextRow + index, naming, planned?.rows[index]),
    );
    const n = this.#n;
    const digest = digests.seal(this.#job.jobId, n, rows);
    const work = { n, firstRow: this.#nextRow, rows: ofChunk, digest, planned };
    if (await this.#writer.write(work, holding)) {
      holding.settled(n);
      return this.#go(rows);
    }
    this.#holding = null;
    this.#source.unread(rows);
    return 'again';
  }

  /** Another upload works: until it has come as far, or has stopped. */
  async #wait(count: number): Promise<Step> {
    const { parts, deps, patience } = this.#with;
    const job = await patience(() => deps.jobs.find(this.#job.jobId));
    if (job !== null && (job.undoing || job.state === 'undone')) return this.#pass(count);
    // It ended without these rows.
    if (job === null || (job.state === 'done' && job.chunks <= this.#n)) return 'mismatch';
    if (job.state === 'failed' || job.leaseUntil <= parts.clock.now()) await this.#take();
    if (this.#holding === null) await parts.pause(LOOK_EVERY_MS);
    return 'again';
  }

  /** Undone before these rows came: nothing is done with them. */
  async #pass(count: number): Promise<Step> {
    return this.#go(await this.#source.take(count));
  }

  async #take(): Promise<void> {
    const { parts, deps, patience } = this.#with;
    const { clock } = parts;
    const taken = await patience(() =>
      deps.jobs.take(this.#job.jobId, 'importing', clock.now(), clock.now() + LEASE_MS),
    );
    if (taken !== null) this.#holding = new Holding(taken, { jobs: deps.jobs, clock, patience });
  }

  /** The body has been read as far as it goes. */
  async #end(): Promise<Result<Imported, ImportRefusal>> {
    const broken = this.#source.broken();
    if (broken !== null) {
      await this.#holding?.end('failed');
      throw broken;
    }
    for (;;) {
      const job = await this.#load();
      // What is recorded has more rows than this body.
      if (job.chunks > this.#n) return MISMATCH;
      const ended = this.#holding === null ? await this.#endedBy(job) : await this.#finish();
      if (ended !== null) return ok({ job: ended, position: this.#writer.position });
    }
  }

  /** null: another upload still holds the job. It may break off, and this one then ends it. */
  async #endedBy(job: ImportJob): Promise<ImportJob | null> {
    if (job.state === 'done' || job.state === 'undone' || job.undoing) {
      // The repeat of a call is answered with the position of the first.
      await this.#tell(job);
      return job;
    }
    await this.#with.parts.pause(LOOK_EVERY_MS);
    return null;
  }

  async #load(): Promise<ImportJob> {
    const { parts, deps, patience } = this.#with;
    const { jobId } = this.#job;
    const job = await patience(() => deps.jobs.find(jobId));
    if (job === null) throw new Error(`the job ${jobId} is gone`);
    const now = parts.clock.now();
    const left = job.state === 'failed' || (job.state === 'running' && job.leaseUntil <= now);
    if (this.#holding === null && left) await this.#take();
    return job;
  }

  /** null: the work was lost to another holder at the last moment. */
  async #finish(): Promise<ImportJob | null> {
    const holding = this.#holding;
    if (holding !== null && (await holding.write({}))) {
      const job = await this.#load();
      await this.#tell(job);
      if (await holding.end('done')) return { ...job, state: 'done' };
    }
    this.#holding = null;
    return null;
  }

  async #tell({ jobId, dryRun, rows, accepted, refused }: ImportJob): Promise<void> {
    if (dryRun) return;
    const { parts, tell } = this.#with;
    const time = parts.clock.now();
    const data = { jobId, rows, accepted, refused };
    this.#writer.position = await tell({ type: 'ImportFinished', time, data }, this.#context);
  }
}
