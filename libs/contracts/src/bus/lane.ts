import type { JsonObject } from '@tallystick/kernel';

/**
 * Events that restrict, or that a device is waiting for (libs/README.md, rule 5): what the
 * fast lane's cursor reads. A claim's birth is not among them: its ClientIdClaimed stands in the
 * same append, and an import's registrations would only be read to be passed over.
 */
export const FAST_EVENT_TYPES = [
  'DeviceDisabled',
  'DeviceEnabled',
  'DeviceDeleted',
  'RegistrationExpired',
  'DeviceReset',
  'DeviceSecretReset',
  'DeviceActivated',
  'ClientIdClaimed',
  'ClientIdActivated',
  'ClientIdReleased',
  'ClientIdRetained',
  'ClientIdsCleared',
  'ClientIdRestored',
  'ClientIdPurged',
  'DeviceNameReopened',
  'ProductSecretReset',
  'DynamicActivationEnabled',
  'DynamicActivationDisabled',
  'ProductPolicyChanged',
  'ProductDeleted',
] as const;

const FAST: ReadonlySet<string> = new Set(FAST_EVENT_TYPES);

export type Lane = 'fast' | 'bulk';

/**
 * The lane that decides when an event counts as applied. All events go over bulk; these also over
 * fast. A registration is fast only where a device claimed it.
 */
export function laneOf(type: string, data: JsonObject): Lane {
  if (type === 'DeviceRegistered') return data['origin'] === 'claim' ? 'fast' : 'bulk';
  return FAST.has(type) ? 'fast' : 'bulk';
}
