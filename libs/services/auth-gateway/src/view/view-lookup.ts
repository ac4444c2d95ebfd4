import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';

/**
 * The devices of products of dialect huawei that have one node id.
 * - `several`: more than one, of which a few are named.
 */
export type NodeIdHolders =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly device: DeviceCredential }
  | { readonly kind: 'several'; readonly devices: readonly DeviceCredential[] };

/** What decisions read: the state at this moment, synchronously. */
export interface ViewLookup {
  product(productKey: string): ProductCredential | null;
  device(productKey: string, deviceKey: string): DeviceCredential | null;
  deviceById(deviceId: string): DeviceCredential | null;
  devicesByNodeId(nodeId: string): NodeIdHolders;
}
