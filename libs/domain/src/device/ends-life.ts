import type { DeviceEvent } from './device.types.ts';

/** Whether no life stands after it. A new event does not compile until it is placed. */
const ENDS_LIFE = {
  DeviceRegistered: false,
  DeviceActivated: false,
  DeviceDisabled: false,
  DeviceEnabled: false,
  DeviceReset: false,
  DeviceSecretReset: false,
  DeviceDetailsChanged: false,
  DeviceDeleted: true,
  RegistrationExpired: true,
  SecretRead: false,
  ClientIdConflict: false,
  ClientIdClaimed: false,
  ClientIdActivated: false,
  ClientIdReleased: false,
  ClientIdRetained: false,
  ClientIdsCleared: false,
  ClientIdRestored: false,
  ClientIdPurged: false,
  DeviceNameReopened: false,
} as const satisfies Readonly<Record<DeviceEvent['type'], boolean>>;

/** Whether a stream whose last event this is has no life. */
export function endsLife({ type }: Pick<DeviceEvent, 'type'>): boolean {
  return ENDS_LIFE[type];
}
