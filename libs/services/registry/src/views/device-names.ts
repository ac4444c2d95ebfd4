import type { DeviceRef } from '@tallystick/application';
import type { EventStore } from '@tallystick/ports';
import type { Call } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { Views } from './views.ts';

/**
 * A name that no device can have. A repeated call under its Idempotency-Key still gets its answer;
 * any other call finds nothing.
 */
const NOWHERE = { productKey: '-', deviceKey: '-' };

export interface DeviceNames {
  /** Writes to the device of an id. ProblemError `device-unknown`. */
  write<T>(call: Call, deviceId: string, work: (ref: DeviceRef) => Promise<T>): Promise<T>;
}

const isUnknown = (error: unknown): boolean =>
  error instanceof ProblemError && error.code === 'device-unknown';

/**
 * Finds devices by their id: in the view, and when nothing is there by that name, once more when
 * the view has seen all that was in the store when we asked.
 */
export function createDeviceNames(deps: {
  readonly views: Pick<Views, 'findDevice' | 'reach'>;
  readonly store: Pick<EventStore, 'head'>;
}): DeviceNames {
  const find = async (call: Call, deviceId: string): Promise<DeviceRef | null> => {
    const found = await deps.views.findDevice(call.tenant, deviceId);
    if (found === null) return null;
    return { productKey: found.productKey, deviceKey: found.deviceKey, deviceId };
  };
  const findNow = async (call: Call, deviceId: string): Promise<DeviceRef> => {
    await deps.views.reach(await deps.store.head());
    const now = await find(call, deviceId);
    if (now !== null) return now;
    if (call.idempotency === null) throw new ProblemError('device-unknown');
    return { ...NOWHERE, deviceId };
  };
  return {
    write: async (call, deviceId, work) => {
      const known = await find(call, deviceId);
      if (known === null) return work(await findNow(call, deviceId));
      try {
        return await work(known);
      } catch (error) {
        if (!isUnknown(error)) throw error;
      }
      // The view may still show the name that a given id stood for before.
      return work(await findNow(call, deviceId));
    },
  };
}
