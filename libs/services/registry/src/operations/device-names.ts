import type { DeviceRef } from '@tallystick/application';
import type { EventStore } from '@tallystick/ports';
import type { Call } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { RegistryViews } from './views.types.ts';

/** A name that no device can have: a repeated call under its Idempotency-Key is answered all the same, any other finds nothing there. */
const NOWHERE = { productKey: '-', deviceKey: '-' };

export interface DeviceNames {
  /** The device of an id, for a write. ProblemError `device-unknown`. */
  toWrite(call: Call, deviceId: string): Promise<DeviceRef>;
}

/** Finds devices by their id: in the view, and once more when the view has seen all that was in the store when we asked. */
export function createDeviceNames(deps: {
  readonly views: Pick<RegistryViews, 'device' | 'reach'>;
  readonly store: Pick<EventStore, 'head'>;
}): DeviceNames {
  const find = async (call: Call, deviceId: string): Promise<DeviceRef | null> => {
    const found = await deps.views.device(call.tenant, deviceId);
    if (found === null) return null;
    return { productKey: found.productKey, deviceKey: found.deviceKey, deviceId };
  };
  return {
    toWrite: async (call, deviceId) => {
      const known = await find(call, deviceId);
      if (known !== null) return known;
      await deps.views.reach(await deps.store.head());
      const now = await find(call, deviceId);
      if (now !== null) return now;
      if (call.idempotency === null) throw new ProblemError('device-unknown');
      return { ...NOWHERE, deviceId };
    },
  };
}
