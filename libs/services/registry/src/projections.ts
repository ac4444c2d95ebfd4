import { TOPICS } from '@tallystick/contracts';
import { levelOf } from '@tallystick/kernel';
import {
  createIdentityQueries,
  createPresenceProjector,
  createViewRunner,
  identityViews,
  type IdentityQueries,
  type PresenceProjector,
  type ViewRunner,
} from '@tallystick/projections';
import { setAside } from '@tallystick/services-edge';
import type { OwnReader } from './reactors/bus-reader.ts';
import type { RegistryDeps } from './registry.types.ts';

/** The views in this process: fed from the store, and their presence half from the bus. */
export interface Projections {
  readonly runner: ViewRunner;
  readonly queries: IdentityQueries;
  readonly presenceReader: OwnReader;
}

/** The projector keeps its offsets beside the rows; the group only shares the partitions out. */
function presenceReader(projector: PresenceProjector): OwnReader {
  return {
    group: 'registry-presence',
    topics: [TOPICS.presence],
    from: 'own',
    onAssigned: (gained) => projector.startOf(gained),
    onBatch: (batch) => projector.apply(batch.records),
    putBack: () => projector.putBack(),
  };
}

export async function startProjections(deps: RegistryDeps): Promise<Projections> {
  const { store, sql: db, clock, logger } = deps;
  const projector = await createPresenceProjector({
    db,
    onUnstorable: ({ topic, partition, offset, value }, stored) => {
      const place = { topic, partition, offset, bytes: value?.length ?? 0 };
      logger.error({ ...place, stored }, 'the presence view cannot store a record as it is');
      setAside.add({ what: 'view' });
    },
  });
  const runner = await createViewRunner({
    ...{ store, db, clock },
    views: identityViews,
    onError: (error) => {
      logger[levelOf(error)]({ err: error }, 'the views could not be brought forward');
    },
  });
  return { runner, queries: createIdentityQueries(db), presenceReader: presenceReader(projector) };
}
