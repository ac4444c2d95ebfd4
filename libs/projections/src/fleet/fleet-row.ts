import type { DeviceDocument } from '@tallystick/contracts';
import type { LiveDevice } from '@tallystick/domain';

export type Status = DeviceDocument['status'];
export type Lifecycle = DeviceDocument['lifecycle'];

/** How a device is shown, and whether more than one physical unit uses its name. */
export interface FleetRow {
  readonly tenant: string;
  readonly status: Status;
  readonly shared: boolean;
}

export function lifecycleOf(device: LiveDevice): Lifecycle {
  if (device.disabled) return 'disabled';
  return device.activatedAt === null ? 'inactive' : 'active';
}

/** What people are shown: disabled, else inactive, else presence. */
export function statusOf(lifecycle: Lifecycle, online: boolean): Status {
  if (lifecycle !== 'active') return lifecycle;
  return online ? 'online' : 'offline';
}

/** Whether the sessions of its secret showed two units at once, in this life. */
export function hasEvidence({ units }: LiveDevice): boolean {
  return Object.keys(units.conflictsAt).some((conflict) => conflict.endsWith('/evidence'));
}

/**
 * The ClientIDs that use a name: its units and, if the name has a secret, which several may share,
 * also the ClientIDs of its sessions. A name without a secret is used by units alone: any other
 * ClientID in its sessions was released or purged.
 */
export function clientIdsOf(device: LiveDevice, seen: Iterable<string>): ReadonlySet<string> {
  const units = device.units.units.map(({ clientId }) => clientId);
  return new Set(device.secretOrigin === 'none' ? units : [...units, ...seen]);
}

/** How a change of rows changes the counts: by product and kind, and by tenant and kind. */
export type Counted = Status | 'shared';

export function countedAs(row: FleetRow | null): readonly Counted[] {
  if (row === null) return [];
  return row.shared ? [row.status, 'shared'] : [row.status];
}
