import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { StoreDocument } from '@tallystick/contracts';
import { audited, toAuditEntry } from '../audit/audit-entry.ts';
import type { Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { GetQuery } from '../http/query.schemas.ts';
import { BusAway, type Restrictions, type Seen } from '../store/store-watch.ts';
import { Handler } from './handler.ts';
import { Read, ReadHandler } from './read.ts';
import { Write } from './write.ts';

export class GetStore extends Read<GetQuery, StoreDocument> {}
export class AdoptStore extends Write<null> {}

function restrictionsIn(words: string, positions: Restrictions): string {
  if (positions === null)
    return `${words}; the bus could not be read for which lost positions are restrictions`;
  return positions.length === 0
    ? `${words}; no lost position is a restriction on the bus`
    : `${words}; lost positions that the bus still shows as restrictions: ${positions.join(', ')}`;
}

function toDocument({ store, relayed, lost }: Seen, detail: string | null): StoreDocument {
  const { storeId, incarnation, head, schemaVersion } = store;
  const state = lost === null ? 'ok' : 'lost-tail';
  return { storeId, incarnation, head, schemaVersion, state, relayed, detail };
}

async function orBusAway<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof BusAway ? new ProblemError('bus-unavailable') : error;
  }
}

@QueryHandler(GetStore)
export class GetStoreHandler extends ReadHandler<GetStore, StoreDocument> {
  protected async read() {
    const { watch } = this.parts;
    // While the bus is away nothing is published, so what was seen before is still true.
    const now = watch.look().catch((error: unknown) => {
      const last = error instanceof BusAway ? watch.last() : null;
      if (last === null) throw error;
      return last;
    });
    const seen = await orBusAway(now);
    if (seen.lost === null) return toDocument(seen, null);
    return toDocument(seen, restrictionsIn(seen.lost, await orBusAway(watch.restrictions())));
  }
}

/** ProblemError `store-ok` when nothing is lost. */
@CommandHandler(AdoptStore)
export class AdoptStoreHandler extends Handler implements ICommandHandler<AdoptStore> {
  async execute({ call }: AdoptStore): Promise<Written> {
    const { watch, clock } = this.parts;
    const { lost, store } = await orBusAway(watch.look());
    if (lost === null) throw new ProblemError('store-ok');
    const entry = toAuditEntry(call, clock.now(), store.storeId);
    const undone = await audited(this.parts, entry, () => orBusAway(watch.adopt()));
    if (undone === false) throw new ProblemError('store-ok');
    const seen = await orBusAway(watch.look());
    const detail = restrictionsIn('the store was adopted, and everything is told anew', undone);
    const document = toDocument(seen, detail);
    return { position: document.head, revision: null, body: { ...document } };
  }
}

export const STORE_HANDLERS = [GetStoreHandler, AdoptStoreHandler];
