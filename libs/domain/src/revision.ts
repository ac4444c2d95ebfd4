import type { DeviceEvent } from './device/device.types.ts';
import type { ProductEvent } from './product/product.types.ts';

/**
 * Which events change what a caller may have seen of a product or a device. One that only tells of
 * a look takes a place in the stream (`ce_streamversion`) but is no new revision: a look must not
 * break another caller's If-Match.
 */
const CHANGES = {
  ProductCreated: true,
  ProductSecretReset: true,
  DynamicActivationEnabled: true,
  DynamicActivationDisabled: true,
  ProductPolicyChanged: true,
  ProductDeleted: true,
  DeviceRegistered: true,
  DeviceActivated: true,
  DeviceDisabled: true,
  DeviceEnabled: true,
  DeviceReset: true,
  DeviceSecretReset: true,
  DeviceDetailsChanged: true,
  DeviceDeleted: true,
  RegistrationExpired: true,
  SecretRead: false,
  ClientIdConflict: true,
  ClientIdClaimed: true,
  ClientIdActivated: true,
  ClientIdReleased: true,
  ClientIdRetained: true,
  ClientIdsCleared: true,
  ClientIdRestored: true,
  ClientIdPurged: true,
  DeviceNameReopened: true,
} as const satisfies Record<DeviceEvent['type'] | ProductEvent['type'], boolean>;

const LOOKS: ReadonlySet<string> = new Set(
  Object.entries(CHANGES).flatMap(([type, changes]) => (changes ? [] : [type])),
);

/** One of a type that this release does not know may change anything. */
export function raisesRevision({ type }: { readonly type: string }): boolean {
  return !LOOKS.has(type);
}
