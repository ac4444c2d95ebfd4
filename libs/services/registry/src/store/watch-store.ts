import type { RelayHandle } from '@tallystick/event-bus';
import { withinMs } from '@tallystick/ports';
import type { BusSide } from '../assemble-bus.ts';
import { DEFAULT_TENANT } from '../http/caller.ts';
import type { RegistryDeps } from '../registry.types.ts';
import { lostRestrictions } from './lost-restrictions.ts';
import { createStoreWatch, type StoreWatch } from './store-watch.ts';

/** A start does not wait longer for a bus that is away: its marks are read again later. */
const FIRST_LOOK_MS = 3_000;
const NOT_RELAYING = { fast: { position: 0 }, bulk: { position: 0 } };

export interface Watched {
  relay: RelayHandle | null;
  busSide: BusSide | null;
}

/** Begins to look, and waits a moment for the first answer. */
export async function watchStore(
  { tail, bus, ids, logger, clock }: RegistryDeps,
  watched: Watched,
  onLost: () => void,
): Promise<StoreWatch> {
  const watch = createStoreWatch({
    ...{ tail, bus, onLost, log: logger },
    relaying: () => {
      const { fast, bulk } = watched.relay?.status().lanes ?? NOT_RELAYING;
      return { fast: fast.position, bulk: bulk.position };
    },
    reported: () => {
      const gateways = watched.busSide?.tracker.history.gateways(clock.now(), DEFAULT_TENANT) ?? [];
      return Math.max(0, ...gateways.flatMap((one) => [one.fastPosition, one.bulkPosition]));
    },
    lostRestrictions: (of) => lostRestrictions({ bus, ids }, of),
  });
  // After a fail-over the new server may lack events that stand on the bus, so look at once.
  tail.onConnected(() => void watch.look().catch(() => undefined));
  const looked = watch.look().catch(() => undefined);
  await withinMs(looked, FIRST_LOOK_MS);
  return watch;
}
