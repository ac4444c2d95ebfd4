import { registrationEndsAt, type DeviceState, type LiveDevice } from '@tallystick/domain';
import type { SqlValue } from '@tallystick/ports';
import { hasEvidence, lifecycleOf } from '../fleet/fleet-row.ts';
import type { Table } from '../stores/sql/statements.ts';
import type { Folded } from './fold-streams.ts';
import type { TableRows } from './view.types.ts';

export const DEVICES: Table = {
  name: 'devices',
  columns: [
    'name_key',
    'tenant',
    'product_key',
    'device_key',
    'device_id',
    'generation',
    'revision',
    'lifecycle',
    'registered_at',
    'registration_ends_at',
    'units',
    'evidence',
    'state',
  ],
  keyColumns: 1,
  documents: ['state'],
};
export const TAGS: Table = {
  name: 'device_tags',
  columns: ['name_key', 'name', 'value'],
  keyColumns: 2,
};

export const WAITING: Table = {
  name: 'waiting_units',
  columns: ['name_key', 'client_id', 'state', 'since'],
  keyColumns: 2,
};

export function toValues(key: string, device: LiveDevice, revision: number): SqlValue[] {
  return [
    key,
    device.tenant,
    device.productKey,
    device.deviceKey,
    device.deviceId,
    device.generation,
    revision,
    lifecycleOf(device),
    device.registeredAt,
    registrationEndsAt(device),
    device.units.units.length,
    hasEvidence(device) ? 1 : 0,
    JSON.stringify(device),
  ];
}

export function waitingOf(state: DeviceState): readonly SqlValue[][] {
  if (state.status === 'absent') return [];
  return state.units.units.flatMap((unit) =>
    unit.state === 'pending' || unit.state === 'purging'
      ? [[unit.clientId, unit.state, unit.pendingSince]]
      : [],
  );
}

export function tagsOf(state: DeviceState): readonly SqlValue[][] {
  return state.status === 'absent' ? [] : Object.entries(state.tags);
}

/** All rows of one device key; none where its life has ended. */
export function toDeviceRows(
  key: string,
  { state, revision }: Folded<DeviceState>,
): readonly TableRows[] {
  if (state.status === 'absent') return [];
  const keyed = (values: readonly SqlValue[][]): SqlValue[][] => values.map((row) => [key, ...row]);
  return [
    { table: DEVICES, rows: [toValues(key, state, revision)] },
    { table: TAGS, rows: keyed(tagsOf(state)) },
    { table: WAITING, rows: keyed(waitingOf(state)) },
  ];
}
