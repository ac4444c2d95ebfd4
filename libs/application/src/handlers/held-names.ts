import { deviceIdStream, deviceKeyStream } from '@tallystick/contracts';
import {
  isAllocatedDeviceId,
  type DeviceIdEvent,
  type DeviceKeyEvent,
  type DeviceKeyScope,
  type DeviceName,
  type DeviceState,
  type LiveDevice,
} from '@tallystick/domain';
import { err, ok, type EpochMs, type Result } from '@tallystick/kernel';
import type { StreamAppend } from '@tallystick/ports';
import { toNewEvents } from './execution.ts';
import type { CallContext } from './handlers.types.ts';
import type { Reservation } from './reservation.ts';
import type { Parts } from './parts.ts';
import type { Ending, Grant, QuotaExceeded } from './quota.types.ts';

type HoldingEvent = DeviceIdEvent | DeviceKeyEvent;

/** A stream that holds a name for one life alone, beside the device's own. */
export interface HeldName {
  readonly stream: string;
  readonly field: 'deviceId' | 'deviceKey';
  /** What the next one is told that wants the name. */
  readonly taken: 'device-id-taken' | 'device-key-taken';
}

const EVENTS = {
  deviceId: { reserved: 'DeviceIdReserved', released: 'DeviceIdReleased' },
  deviceKey: { reserved: 'DeviceKeyReserved', released: 'DeviceKeyReleased' },
} as const;

/**
 * What the append that begins a life must reserve, and the one that ends it release, in this order:
 * a device id that was given, and the key where it is unique in the tenant.
 */
export function heldNamesOf(
  { tenant, scope }: { readonly tenant: string; readonly scope: DeviceKeyScope },
  { deviceId, deviceKey }: Pick<DeviceName, 'deviceId' | 'deviceKey'>,
): readonly HeldName[] {
  const names: HeldName[] = [];
  if (!isAllocatedDeviceId(deviceId))
    names.push({ stream: deviceIdStream(deviceId), field: 'deviceId', taken: 'device-id-taken' });
  if (scope === 'tenant') {
    const stream = deviceKeyStream(tenant, deviceKey);
    names.push({ stream, field: 'deviceKey', taken: 'device-key-taken' });
  }
  return names;
}

/** The event by which a life takes the name, or lets it go. */
export function holdingEvent(
  { field }: HeldName,
  does: 'reserved' | 'released',
  tenant: string,
  life: DeviceName,
  time: EpochMs,
): HoldingEvent {
  const { deviceId, productKey, deviceKey, generation } = life;
  const data = { tenant, deviceId, productKey, deviceKey, generation };
  return { type: EVENTS[field][does], time, data };
}

/** Whether another device has the name. */
export function isHeldByOther(
  holder: DeviceName | null,
  { productKey, deviceKey }: Pick<DeviceName, 'productKey' | 'deviceKey'>,
): boolean {
  return holder !== null && (holder.productKey !== productKey || holder.deviceKey !== deviceKey);
}

export interface NameTaken {
  readonly code: HeldName['taken'];
}

type Held = Result<readonly StreamAppend[], NameTaken | QuotaExceeded>;

/** What one call takes or lets go for a life: its names, and a place among the devices. */
export interface Holding {
  /** The stream has changed since: it is read before the next appends. */
  stale(stream: string): void;
  /**
   * For what the call makes of the device; nothing where no life begins or ends. A name that the
   * same device still holds is no refusal: its own stream tells that another life has begun.
   */
  appends(before: DeviceState, after: DeviceState): Promise<Held>;
  /** The call is over: its place is taken for good, or free again. */
  end(ending: Ending): void;
}

const UNHELD: Reservation = { holder: null, revision: 0 };

/** Most names are new: their streams are not read first, for the append finds out which is not. */
function createNameAppends({ loading, clock, ids }: Parts, context: CallContext) {
  const { tenant } = context;
  const changed = new Set<string>();

  const namesOf = async (life: LiveDevice): Promise<readonly HeldName[]> =>
    heldNamesOf({ tenant, scope: await loading.deviceKeyScope(tenant) }, life);

  function append(name: HeldName, does: 'reserved' | 'released', life: LiveDevice, at: number) {
    const event = holdingEvent(name, does, tenant, life, clock.now());
    const events = toNewEvents([event], context, ids);
    return { stream: name.stream, expectedRevision: at, events };
  }

  return {
    stale: (stream: string) => void changed.add(stream),
    async reserve(life: LiveDevice): Promise<Held> {
      const appends: StreamAppend[] = [];
      for (const name of await namesOf(life)) {
        const known = changed.has(name.stream) ? await loading.reservation(name.stream) : UNHELD;
        if (isHeldByOther(known.holder, life)) return err({ code: name.taken });
        appends.push(append(name, 'reserved', life, known.revision));
      }
      return ok(appends);
    },
    async release(life: LiveDevice): Promise<Held> {
      const appends: StreamAppend[] = [];
      for (const name of await namesOf(life)) {
        const { holder, revision } = await loading.reservation(name.stream);
        if (holder === null || isHeldByOther(holder, life)) continue;
        appends.push(append(name, 'released', life, revision));
      }
      return ok(appends);
    },
  };
}

export function createHolding(parts: Parts, context: CallContext): Holding {
  const { stale, reserve, release } = createNameAppends(parts, context);
  let place: Grant | null = null;

  /** A name that is taken costs no place. */
  async function begin(life: LiveDevice): Promise<Held> {
    const reserved = await reserve(life);
    if (!reserved.ok) return reserved;
    place ??= (await parts.quota?.grant(context.tenant, life.productKey, 1)) ?? null;
    return place === null || place.refusal === null ? reserved : err(place.refusal);
  }

  return {
    stale,
    async appends(before, after) {
      if (before.status === 'absent' && after.status === 'live') return begin(after);
      if (before.status === 'live' && after.status === 'absent') return release(before);
      return ok([]);
    },
    end: (ending) => place?.end(ending),
  };
}
