import type { IdentityHandlers, ImportHandlers } from '@tallystick/application';
import { levelOf } from '@tallystick/kernel';
import type { ImportJobs } from '@tallystick/ports';
import type { RegistryDeps } from '../registry.types.ts';
import { createImportSlots, type ImportSlots } from './import-slots.ts';
import { createJobTables } from './job-tables.ts';
import { createSqlImportJobs } from './sql-import-jobs.ts';

/** All that has to do with imports. */
export interface ImportSide {
  readonly handlers: ImportHandlers;
  readonly jobs: ImportJobs;
  readonly slots: ImportSlots;
}

export async function createImportSide(
  { sql, ends, logger }: Pick<RegistryDeps, 'sql' | 'ends' | 'logger'>,
  identity: Pick<IdentityHandlers, 'importing'>,
): Promise<ImportSide> {
  await createJobTables(sql);
  const jobs = createSqlImportJobs(sql);
  const every = (ms: number, work: () => Promise<void>): (() => void) => {
    const run = (): void =>
      void work().catch((err: unknown) =>
        logger[levelOf(err)]({ err }, 'the lease of an import could not be renewed'),
      );
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  };
  return { handlers: identity.importing({ jobs, ends, every }), jobs, slots: createImportSlots() };
}
