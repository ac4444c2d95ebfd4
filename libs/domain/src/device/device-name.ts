import type { DeviceName } from './device.types.ts';

/** Only the name, for an event's data. */
export function nameOf({ deviceId, productKey, deviceKey, generation }: DeviceName): DeviceName {
  return { deviceId, productKey, deviceKey, generation };
}
