import type { IdentityHandlers, ImportHandlers } from '@tallystick/application';
import { levelOf } from '@tallystick/kernel';
import { pause, type Clock, type EventStore, type ImportJobs } from '@tallystick/ports';
import { createPlaces, type Places } from '../http/places.ts';
import type { RegistryDeps } from '../registry.types.ts';
import { givesWay } from './giving-way.ts';
import { createJobTables } from './job-tables.ts';
import { createSqlJobSweeps } from './sql-job-sweeps.ts';
import { createSqlImportJobs } from './sql-import-jobs.ts';

/** All that has to do with imports. */
export interface ImportSide {
  readonly handlers: ImportHandlers;
  readonly jobs: ImportJobs;
  readonly places: Places;
  /** The store for whoever follows the log: see {@link givesWay}. */
  forFollower(store: EventStore, pauseMs: number): EventStore;
  /** One round of a sweep: what stopped holders have left, and what is too old. */
  sweep(): Promise<void>;
}

/** An import holds some megabytes. */
const PLACES = { most: 4, mostOfOneTenant: 3, of: 'imports' };

/** Jobs are kept for so long. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** So long after a chunk an import is taken to go on; one whose client is slow is not. */
const BUSY_MS = 300;

function watchWork(jobs: ImportJobs, clock: Clock) {
  let last = Number.NEGATIVE_INFINITY;
  const write: ImportJobs['write'] = (fence, what) => {
    if (what.chunk !== undefined) last = clock.monotonicMs();
    return jobs.write(fence, what);
  };
  return { jobs: { ...jobs, write }, busy: () => clock.monotonicMs() - last < BUSY_MS };
}

export async function createImportSide(
  { sql, ends, logger, clock }: Pick<RegistryDeps, 'sql' | 'ends' | 'logger' | 'clock'>,
  identity: Pick<IdentityHandlers, 'importing'>,
): Promise<ImportSide> {
  await createJobTables(sql);
  const { jobs, busy } = watchWork(createSqlImportJobs(sql), clock);
  const every = (ms: number, work: () => Promise<void>): (() => void) => {
    const run = (): void =>
      void work().catch((err: unknown) =>
        logger[levelOf(err)]({ err }, 'the lease of an import could not be renewed'),
      );
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const handlers = identity.importing({ jobs, ends, every, turn });
  const sweeps = createSqlJobSweeps(sql);
  return {
    ...{ handlers, jobs, places: createPlaces(PLACES) },
    forFollower: (store, pauseMs) => givesWay({ store, busy, pause: (ms) => pause(ms), pauseMs }),
    async sweep() {
      for (const job of await sweeps.left(clock.now())) await handlers.resume(job);
      await sweeps.prune(clock.now() - KEPT_MS);
    },
  };
}
