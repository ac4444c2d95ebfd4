import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';

/** What decisions read: the state at this moment, synchronously. */
export interface ViewLookup {
  product(productKey: string): ProductCredential | null;
  device(productKey: string, deviceKey: string): DeviceCredential | null;
  deviceById(deviceId: string): DeviceCredential | null;
}
