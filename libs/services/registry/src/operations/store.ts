import type { StoreDocument } from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import { ProblemError } from '../http/problem.ts';
import type { Seen, StoreWatch } from '../store/store-watch.ts';
import type { StoreOperations } from './operations.types.ts';

function restrictionsIn(words: string, positions: readonly number[]): string {
  return positions.length === 0
    ? `${words}; no lost position is a restriction on the bus`
    : `${words}; lost positions that the bus still shows as restrictions: ${positions.join(', ')}`;
}

function toDocument({ store, relayed, lost }: Seen, detail: string | null): StoreDocument {
  const { storeId, incarnation, head, schemaVersion } = store;
  const state = lost === null ? 'ok' : 'lost-tail';
  return { storeId, incarnation, head, schemaVersion, state, relayed, detail };
}

/** What cannot be read of the bus cannot be compared with the store. */
async function orBusAway<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isPortError(error) && error.retriable ? new ProblemError('bus-unavailable') : error;
  }
}

export function createStoreOperations(watch: StoreWatch): StoreOperations {
  const show = async (): Promise<StoreDocument> => {
    const seen = await orBusAway(watch.look());
    if (seen.lost === null) return toDocument(seen, null);
    return toDocument(seen, restrictionsIn(seen.lost, await orBusAway(watch.restrictions())));
  };
  return {
    show,
    adopt: async () => {
      const undone = await orBusAway(watch.adopt());
      if (undone === null) throw new ProblemError('store-ok');
      const seen = await orBusAway(watch.look());
      const detail = restrictionsIn('the store was adopted, and everything is told anew', undone);
      const document = toDocument(seen, detail);
      return { position: document.head, revision: null, body: { ...document } };
    },
  };
}
