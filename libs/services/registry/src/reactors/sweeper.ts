import { deviceRecordKey, TOPICS } from '@tallystick/contracts';
import { partitionOf } from '@tallystick/kernel';
import type { IdentityQueries, WaitingUnit } from '@tallystick/projections';
import type { BusPublisher, BusRecord, Clock, EventBus } from '@tallystick/ports';
import { MARKER_HEADER, type ActivationsReactor } from './activations.reactor.ts';
import type { Purges } from './purges.ts';

const MOST_AT_ONCE = 1_000;

export interface SweeperDeps {
  readonly clock: Clock;
  readonly bus: Pick<EventBus, 'partitions'>;
  readonly waitingUnits: IdentityQueries['listWaitingUnits'];
  readonly activations: Pick<ActivationsReactor, 'readTo'>;
  readonly publish: BusPublisher['publish'];
  readonly pendingMs: number;
  readonly expire: (unit: WaitingUnit) => Promise<void>;
}

/** Asks whoever reads the partition to note how far it has come. */
function marker(partition: number, at: number): BusRecord {
  const headers = { [MARKER_HEADER]: String(at) };
  return { topic: TOPICS.sessions, key: String(partition), value: null, headers, partition };
}

/**
 * One round over the pending units. One is released when its time has passed and internal.sessions.v1 has been read past that time,
 * so that a first login on its way is never overtaken; where that is not yet known, the round asks for it, and a later one releases.
 */
export function createSweeper(deps: SweeperDeps): () => Promise<void> {
  const { clock, bus, waitingUnits, activations, publish, pendingMs, expire } = deps;

  /** The partition that has still to be read; null: nothing more to know. */
  const sweepPending = async (unit: WaitingUnit): Promise<number | null> => {
    const due = unit.since + pendingMs;
    const key = deviceRecordKey(unit.tenant, unit.productKey, unit.deviceKey);
    const partition = partitionOf(key, bus.partitions(TOPICS.sessions));
    if ((await activations.readTo(partition)) < due) return partition;
    await expire(unit);
    return null;
  };

  return async () => {
    const now = clock.now();
    const unread = new Set<number>();
    for (const unit of await waitingUnits('pending', now - pendingMs, MOST_AT_ONCE)) {
      const partition = await sweepPending(unit);
      if (partition !== null) unread.add(partition);
    }
    if (unread.size > 0) await publish([...unread].map((partition) => marker(partition, now)));
  };
}

/** One round over the purged units: whoever purged them follows them too, but may be gone. */
export function createPurgeSweeper(
  deps: Pick<SweeperDeps, 'clock' | 'waitingUnits'> & { readonly purges: Pick<Purges, 'settle'> },
): () => Promise<void> {
  const { clock, waitingUnits, purges } = deps;
  return async () => {
    for (const unit of await waitingUnits('purging', clock.now(), MOST_AT_ONCE))
      await purges.settle(unit);
  };
}
