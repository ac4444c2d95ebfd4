import type { JsonObject } from '@tallystick/kernel';

/** Events that restrict, or that a device is waiting for (design: architecture, rule 5): what the fast lane's cursor reads. */
export const FAST_EVENT_TYPES = [
  'DeviceDisabled',
  'DeviceEnabled',
  'DeviceDeleted',
  'DeviceReset',
  'DeviceSecretReset',
  'DeviceRegistered',
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

/** The lane that decides when an event counts as applied. All events go over bulk; these also over fast. A registration is fast only where a device claimed it. */
export function laneOf(type: string, data: JsonObject): Lane {
  if (!FAST.has(type)) return 'bulk';
  return type === 'DeviceRegistered' && data['origin'] !== 'claim' ? 'bulk' : 'fast';
}
