import { toRfc3339 } from '@tallystick/kernel';
import type { DeviceContext } from '../device/device.command.types.ts';
import { nameOf } from '../device/device-name.ts';
import type { DeviceEvent, LiveDevice } from '../device/device.types.ts';
import type { ConflictingClient } from './units.command.types.ts';
import type { ConflictCause, ConflictKind, Unit } from './units.types.ts';

export interface Conflict {
  readonly kind: ConflictKind;
  readonly cause: ConflictCause;
  readonly limit: number;
  readonly refused: number;
  readonly clientIds: readonly ConflictingClient[];
}

export function clientOf(unit: Unit): ConflictingClient {
  return {
    clientId: unit.clientId,
    firstSeenAt: toRfc3339(unit.claimedAt),
    lastSeenAt: toRfc3339(unit.activatedAt ?? unit.claimedAt),
    gatewayId: unit.gatewayId,
  };
}

/** The conflict's event, unless one of its kind and cause was reported within the window. */
export function reportConflict(
  device: LiveDevice,
  conflict: Conflict,
  { now, conflictWindowMs }: DeviceContext,
): readonly DeviceEvent[] {
  const last = device.units.conflictsAt[`${conflict.kind}/${conflict.cause}`];
  if (last !== undefined && now < last + conflictWindowMs) return [];
  return [{ type: 'ClientIdConflict', time: now, data: { ...nameOf(device), ...conflict } }];
}
