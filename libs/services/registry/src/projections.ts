import { TOPICS } from '@tallystick/contracts';
import { levelOf } from '@tallystick/kernel';
import {
  createAuditLog,
  createBusProjector,
  createDecisionsView,
  createIdentityQueries,
  createViewRunner,
  identityViews,
  presenceView,
  type AuditLog,
  type BusProjector,
  type BusView,
  type IdentityQueries,
  type ViewRunner,
} from '@tallystick/projections';
import { setAside } from '@tallystick/services-edge';
import type { OwnReader } from './reactors/bus-reader.ts';
import type { RegistryDeps } from './registry.types.ts';

/** The views in this process: fed from the store, and from the bus what only the bus knows. */
export interface Projections {
  readonly runner: ViewRunner;
  readonly queries: IdentityQueries;
  readonly audit: AuditLog;
  readonly readers: readonly OwnReader[];
}

/** The projector keeps its offsets beside the rows; the group only shares the partitions out. */
function ownReader(group: string, topic: string, projector: BusProjector): OwnReader {
  return {
    ...{ group, topics: [topic], from: 'own' as const },
    onAssigned: (gained) => projector.startOf(gained),
    onBatch: (batch) => projector.apply(batch.records),
    putBack: () => projector.putBack(),
  };
}

function createProjector(
  { sql: db, logger }: RegistryDeps,
  view: BusView,
  name: string,
): Promise<BusProjector> {
  return createBusProjector({
    ...{ db, view },
    onUnstorable: ({ topic, partition, offset, value }, stored) => {
      const place = { topic, partition, offset, bytes: value?.length ?? 0 };
      logger.error({ ...place, stored }, `the ${name} view cannot store a record as it is`);
      setAside.add({ what: 'view' });
    },
  });
}

async function createReaders(deps: RegistryDeps): Promise<readonly OwnReader[]> {
  const { clock } = deps;
  const decisions = createDecisionsView(() => clock.now());
  return [
    ownReader(
      'registry-presence',
      TOPICS.presence,
      await createProjector(deps, presenceView, 'presence'),
    ),
    ownReader(
      'registry-decisions',
      TOPICS.decisions,
      await createProjector(deps, decisions, 'decisions'),
    ),
  ];
}

export async function startProjections(deps: RegistryDeps): Promise<Projections> {
  const { store, sql: db, log, clock, logger, ids } = deps;
  const readers = await createReaders(deps);
  const runner = await createViewRunner({
    ...{ store, db, log, ids, clock },
    views: identityViews,
    onBuild: (views) =>
      logger.info({ views }, 'views are built from the log before the registry serves'),
    onError: (error) => {
      logger[levelOf(error)]({ err: error }, 'the views could not be brought forward');
    },
  });
  const audit = await createAuditLog(db, ids);
  return { runner, queries: createIdentityQueries(db), audit, readers };
}
