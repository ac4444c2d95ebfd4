import { parseCredentialRecord, TICK_KEY, type Lane } from '@tallystick/contracts';
import type { ViewStore } from '@tallystick/ports';
import type { LaneProgress } from './lane-progress.ts';
import type { LaneBatch } from './view-applier.ts';

/** The checkpoint that names the bus whose offsets a complete view holds. */
export const BUS = 'bus';

/**
 * Why a view is not of this bus, in the words of log and /readyz; null: it is, or it holds nothing.
 */
export function otherBus(now: string, store: Pick<ViewStore, 'checkpoint'>): string | null {
  const known = store.checkpoint(BUS);
  if (known === now) return null;
  return typeof known === 'string'
    ? `it was read from another bus (${known}); this one is ${now}`
    : 'it does not say which bus it was read from';
}

/** Why a batch is not of the store that the view was read of; null: it is, as far as it says. */
export function otherStore(
  { lane, records }: LaneBatch,
  progress: Readonly<Record<Lane, LaneProgress>>,
): string | null {
  const { storeId: known, incarnation } = progress[lane];
  if (known === null) return null;
  for (const record of records) {
    const tick = record.key === TICK_KEY ? parseCredentialRecord(record) : null;
    if (tick?.kind !== 'tick' || tick.storeId === undefined || tick.storeId === known) continue;
    // A former leader may still send a tick of what was before.
    if ((tick.incarnation ?? 1) >= incarnation)
      return `it was read of another store (${known}); this one is ${tick.storeId}`;
  }
  return null;
}
