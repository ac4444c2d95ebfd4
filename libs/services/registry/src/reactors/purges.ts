import { findNewest, type DeviceRef, type IdentityHandlers } from '@tallystick/application';
import type { EventStore, StoredEvent } from '@tallystick/ports';
import type { Effects } from '../effects/effects.ts';
import type { EffectsTracker } from '../effects/effects-tracker.ts';

/** A purge that has reached no gateway's view in this time is left to the sweeper. */
const FOLLOWED_MS = 60_000;

export interface PurgedUnit extends DeviceRef {
  readonly tenant: string;
  readonly generation: number;
  readonly clientId: string;
}

export interface PurgesDeps {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly loading: Pick<IdentityHandlers['loading'], 'device'>;
  readonly effects: Effects;
  readonly tracker: EffectsTracker;
  readonly release: (unit: PurgedUnit) => Promise<void>;
}

/** Frees the slot of a purged unit once no gateway can let its token in any more. */
export interface Purges {
  /** Once, now: true when the slot was freed. */
  settle(unit: PurgedUnit): Promise<boolean>;
  /** Waits a while for the gateways. */
  follow(unit: PurgedUnit): Promise<void>;
}

export function createPurges({ store, loading, effects, tracker, release }: PurgesDeps): Purges {
  const purgeOf = async (unit: PurgedUnit): Promise<StoredEvent | null> => {
    const { tenant, productKey, deviceKey } = unit;
    const { stream, revision } = await loading.device(tenant, productKey, deviceKey);
    return findNewest(
      store,
      stream,
      revision,
      ({ type, data }) =>
        type === 'ClientIdPurged' &&
        data['clientId'] === unit.clientId &&
        data['generation'] === unit.generation,
    );
  };
  return {
    settle: async (unit) => {
      const purge = await purgeOf(unit);
      if (purge === null || !effects.tokensSettled(purge)) return false;
      await release(unit);
      return true;
    },
    follow: async (unit) => {
      const purge = await purgeOf(unit);
      if (purge === null) return;
      const settled = await tracker.waitUntil(() => effects.tokensSettled(purge), FOLLOWED_MS);
      if (settled) await release(unit);
    },
  };
}
