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

/** The appends by which one call takes or lets go what a life holds. */
export interface Holding {
  /** The stream has changed since: it is read before the next appends. */
  stale(stream: string): void;
  /**
   * For what the call makes of the device; nothing where no life begins or ends. A name that the
   * same device still holds is no refusal: its own stream tells that another life has begun.
   */
  appends(
    before: DeviceState,
    after: DeviceState,
  ): Promise<Result<readonly StreamAppend[], NameTaken>>;
}

const UNHELD: Reservation = { holder: null, revision: 0 };

/**
 * Most names are new: their streams are not read first, for the append finds out which is not.
 */
export function createHolding(parts: Parts, context: CallContext): Holding {
  const { loading, clock, ids } = parts;
  const { tenant } = context;
  const changed = new Set<string>();

  const namesOf = async (life: LiveDevice): Promise<readonly HeldName[]> =>
    heldNamesOf({ tenant, scope: await loading.deviceKeyScope(tenant) }, life);

  function append(name: HeldName, does: 'reserved' | 'released', life: LiveDevice, at: number) {
    const event = holdingEvent(name, does, tenant, life, clock.now());
    const events = toNewEvents([event], context, ids);
    return { stream: name.stream, expectedRevision: at, events };
  }

  async function reserve(life: LiveDevice): Promise<Result<readonly StreamAppend[], NameTaken>> {
    const appends: StreamAppend[] = [];
    for (const name of await namesOf(life)) {
      const known = changed.has(name.stream) ? await loading.reservation(name.stream) : UNHELD;
      if (isHeldByOther(known.holder, life)) return err({ code: name.taken });
      appends.push(append(name, 'reserved', life, known.revision));
    }
    return ok(appends);
  }

  async function release(life: LiveDevice): Promise<readonly StreamAppend[]> {
    const appends: StreamAppend[] = [];
    for (const name of await namesOf(life)) {
      const { holder, revision } = await loading.reservation(name.stream);
      if (holder === null || isHeldByOther(holder, life)) continue;
      appends.push(append(name, 'released', life, revision));
    }
    return appends;
  }

  return {
    stale: (stream) => void changed.add(stream),
    async appends(before, after) {
      if (before.status === 'absent' && after.status === 'live') return reserve(after);
      if (before.status === 'live' && after.status === 'absent') return ok(await release(before));
      return ok([]);
    },
  };
}
