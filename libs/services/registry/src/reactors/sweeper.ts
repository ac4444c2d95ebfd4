import { deviceRecordKey, TOPICS } from '@tallystick/contracts';
import { partitionOf } from '@tallystick/kernel';
import type { BusPublisher, BusRecord, Clock, EventBus } from '@tallystick/ports';
import type { RegistryViews, WaitingUnit } from '../operations/views.types.ts';
import { MARKER_HEADER, type ActivationsReactor } from './activations.reactor.ts';
import type { Purges } from './purges.ts';

export interface SweeperDeps {
  readonly clock: Clock;
  readonly bus: Pick<EventBus, 'partitions'>;
  readonly views: Pick<RegistryViews, 'pendingUnits' | 'purgingUnits'>;
  readonly activations: Pick<ActivationsReactor, 'readTo'>;
  readonly publish: BusPublisher['publish'];
  readonly purges: Purges;
  readonly pendingMs: number;
  readonly expire: (unit: WaitingUnit) => Promise<void>;
}

/** Asks whoever reads the partition to note how far it has come. */
function marker(partition: number, at: number): BusRecord {
  const headers = { [MARKER_HEADER]: String(at) };
  return { topic: TOPICS.sessions, key: String(partition), value: null, headers, partition };
}

/**
 * One round over the units that wait. A pending one is released when its time has passed and internal.sessions.v1 has been read past that time,
 * so that a first login on its way is never overtaken; where that is not yet known, the round asks for it, and a later one releases.
 */
export function createSweeper(deps: SweeperDeps): () => Promise<void> {
  const { clock, bus, views, activations, publish, purges, pendingMs, expire } = deps;

  const sweepPending = async (): Promise<void> => {
    const units = await views.pendingUnits(clock.now() - pendingMs);
    const unread = new Set<number>();
    for (const unit of units) {
      const key = deviceRecordKey(unit.tenant, unit.productKey, unit.deviceKey);
      const partition = partitionOf(key, bus.partitions(TOPICS.sessions));
      const readTo = await activations.readTo(partition);
      if (readTo >= unit.claimedAt + pendingMs) await expire(unit);
      else unread.add(partition);
    }
    if (unread.size > 0)
      await publish([...unread].map((partition) => marker(partition, clock.now())));
  };

  return async () => {
    await sweepPending();
    for (const unit of await views.purgingUnits()) await purges.settle(unit);
  };
}
