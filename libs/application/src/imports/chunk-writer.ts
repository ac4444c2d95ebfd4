import type { JobChunk, StoredEvent, StreamAppend } from '@tallystick/ports';
import { checkOf } from '../handlers/device-use-case.ts';
import { metaOf } from '../handlers/execution.ts';
import type { CallContext } from '../handlers/handlers.types.ts';
import type { Parts } from '../handlers/parts.ts';
import { stands } from '../handlers/planned-append.ts';
import type { DeviceQuota } from '../handlers/quota.types.ts';
import { isCandidate, type RowOfChunk } from './candidate.ts';
import { chunkAppends } from './chunk-appends.ts';
import {
  createTrialQuota,
  takePlaces,
  withinPlaces,
  type ChunkPlaces,
  type TrialQuota,
} from './chunk-places.ts';
import { loadProducts, type Products } from './chunk-products.ts';
import { packPlan } from './chunk-plan.codec.ts';
import { createChunkSecrets, NO_SECRETS, type ChunkSecrets } from './chunk-secrets.ts';
import { decideChunk, type ChunkFacts } from './decide-chunk.ts';
import { eventIdOf, newSeeds } from './event-ids.ts';
import type { Holding } from './holding.ts';
import { unendedCheck } from './job-events.ts';
import type { ImportDeps } from './imports.types.ts';
import type { Patience } from './patience.ts';
import type { ChunkPlan } from './planned-row.types.ts';

/** The rows of a chunk, and how it stands in the job's record. */
export interface ChunkWork {
  readonly n: number;
  readonly firstRow: number;
  readonly rows: readonly RowOfChunk[];
  readonly digest: Uint8Array;
  /** Recorded and not settled: it may have been appended. */
  readonly planned: ChunkPlan | null;
}

export interface WriterParts {
  readonly parts: Parts;
  readonly deps: ImportDeps;
  readonly patience: Patience;
}

type Ends = ReadonlyMap<string, StoredEvent>;

/** What a chunk is decided on, beside its rows. */
interface Known {
  readonly seeds: ChunkPlan['seeds'];
  readonly ends: Ends;
  readonly places: ChunkPlaces;
}

const NONE_KNOWN: Ends = new Map();

const streamsOf = (rows: readonly RowOfChunk[]): readonly string[] =>
  rows.flatMap(({ read }) =>
    isCandidate(read) ? [read.stream, ...read.names.map(({ stream }) => stream)] : [],
  );

export function countsOf({ rows }: ChunkPlan) {
  const counts = { accepted: 0, refused: 0, kept: 0, undone: 0 };
  for (const { state } of rows) counts[state] += 1;
  return counts;
}

export function toJobChunk(work: ChunkWork, plan: ChunkPlan): JobChunk {
  const { n, firstRow, rows, digest } = work;
  const packed = packPlan(plan);
  return { n, firstRow, rows: rows.length, digest, settled: false, packed, ...countsOf(plan) };
}

/**
 * Chunk after chunk of one import: decides, writes plan and secrets, appends. Rows are taken for
 * new: the append itself finds out which are not, and only then are their streams looked at.
 */
export class ChunkWriter {
  readonly #parts: Parts;
  readonly #deps: ImportDeps;
  readonly #patience: Patience;
  readonly #context: CallContext;
  readonly #dryRun: boolean;
  /** The last chunk met names that were there: the next one looks before it tries. */
  #looksFirst: boolean;
  readonly #trial: TrialQuota;
  readonly #quota: DeviceQuota | null;
  position = 0;

  constructor({ parts, deps, patience }: WriterParts, context: CallContext, dryRun: boolean) {
    this.#parts = parts;
    this.#deps = deps;
    this.#patience = patience;
    this.#context = context;
    this.#dryRun = dryRun;
    this.#looksFirst = dryRun;
    this.#trial = createTrialQuota(parts.quota);
    this.#quota = dryRun ? this.#trial.quota : parts.quota;
  }

  /** False: the work was lost to another holder. */
  async write(work: ChunkWork, holding: Holding): Promise<boolean> {
    const { planned, rows } = work;
    if (planned !== null && (await this.#appendPlanned(work, planned))) return true;
    const secrets = this.#secrets(work);
    const { ids } = this.#parts;
    const seeds = planned?.seeds ?? newSeeds(ids);
    let ends = this.#looksFirst || planned !== null ? await this.#look(rows) : NONE_KNOWN;
    for (;;) {
      const places = await this.#places(rows);
      const became = await withinPlaces(
        places,
        () => this.position,
        async () => {
          // A row whose name is taken needs no place.
          if (places.short && ends === NONE_KNOWN) ends = await this.#look(rows);
          const plan = await this.#decide(work, { seeds, ends, places });
          const chunk = toJobChunk(work, plan);
          const sealed = await secrets.toWrite(plan);
          if (!(await holding.write({ chunk, secrets: sealed }))) return 'lost';
          this.#looksFirst = this.#dryRun || 2 * chunk.refused > chunk.rows;
          return (await this.#append(work, plan)) ? 'appended' : 'stale';
        },
      );
      if (became !== 'stale') return became === 'appended';
      ends = await this.#look(rows);
    }
  }

  #places(rows: readonly RowOfChunk[]): Promise<ChunkPlaces> {
    const { clock, pause } = this.#parts;
    const deps = { clock, pause, quota: this.#quota, tenant: this.#context.tenant };
    return this.#patience(() => takePlaces(deps, rows));
  }

  /** What stands already needs no places; what does not needs as many as were planned. */
  async #appendPlanned(work: ChunkWork, plan: ChunkPlan): Promise<boolean> {
    const appends = this.#appendsOf(work, plan);
    if (this.#dryRun || this.#quota === null || (await stands(this.#parts, appends)))
      return this.#append(work, plan);
    const accepted = work.rows.filter((_, index) => plan.rows[index]?.state === 'accepted');
    const places = await this.#places(accepted);
    const became = await withinPlaces(
      places,
      () => this.position,
      async () => (!places.short && (await this.#append(work, plan)) ? 'appended' : 'stale'),
    );
    return became === 'appended';
  }

  #secrets({ rows, planned }: ChunkWork): ChunkSecrets {
    if (this.#dryRun) return NO_SECRETS;
    const { turn } = this.#deps;
    return createChunkSecrets({ ...this.#parts, turn }, this.#context.tenant, rows, planned);
  }

  #look(rows: readonly RowOfChunk[]): Promise<Ends> {
    return this.#deps.ends.lastEvents(streamsOf(rows));
  }

  #products(rows: readonly RowOfChunk[]): Promise<Products> {
    return loadProducts(this.#parts, this.#context, rows);
  }

  async #decide({ rows }: ChunkWork, { seeds, ends, places }: Known): Promise<ChunkPlan> {
    const { clock, limits } = this.#parts;
    const products = await this.#products(rows);
    const now = clock.now();
    const facts: ChunkFacts = {
      tenant: this.#context.tenant,
      jobId: this.#jobId(),
      products: new Map([...products].map(([key, { state }]) => [key, state])),
      ends,
      firstRows: new Map(),
      places: places.grants,
      context: { now, ...limits },
      secretIdOf: (row) => (this.#dryRun ? '' : eventIdOf(seeds[3], row)),
    };
    const decided = decideChunk(rows, facts);
    if (!this.#dryRun) return { seeds, at: now, rows: decided };
    const firstRows = await this.#firstRows(rows, decided);
    const tried = decideChunk(rows, { ...facts, firstRows });
    this.#trial.accept(tried);
    return { seeds, at: now, rows: tried };
  }

  /** Nothing is registered, so the job itself remembers which row bears a name first. */
  #firstRows(rows: readonly RowOfChunk[], decided: ChunkPlan['rows']) {
    const names = rows.filter((_, index) => decided[index]?.state === 'accepted');
    return this.#deps.jobs.firstRows(
      this.#jobId(),
      names.flatMap((one) => streamsOf([one]).map((stream) => [stream, one.row] as const)),
    );
  }

  #unended(): StreamAppend {
    return unendedCheck(this.#context.tenant, this.#jobId());
  }

  #jobId(): string {
    return this.#context.causationId ?? '';
  }

  #appendsOf({ rows }: ChunkWork, plan: ChunkPlan): readonly StreamAppend[] {
    const meta = metaOf(this.#context, null);
    return chunkAppends(rows, plan, (subject) => ({ ...meta, subject }));
  }

  /** False: a stream or a product is no longer as it was. */
  async #append(work: ChunkWork, plan: ChunkPlan): Promise<boolean> {
    const { rows } = work;
    const { store, loading } = this.#parts;
    if (this.#dryRun) return true;
    const appends = this.#appendsOf(work, plan);
    if (appends.length === 0) return true;
    const registered = rows.filter((_, index) => plan.rows[index]?.state === 'accepted');
    const products = await this.#products(registered);
    const checks = [...products.values()].map(checkOf);
    const appended = await this.#patience(() =>
      store.append([...appends, ...checks, this.#unended()]),
    );
    if (appended.ok) {
      this.position = appended.value.position;
      return true;
    }
    const { error } = appended;
    if (error.code === 'duplicate-event') throw new Error(`event id ${error.eventId} is taken`);
    for (const productKey of products.keys()) loading.forgetProduct(productKey);
    this.#looksFirst = true;
    return false;
  }
}
