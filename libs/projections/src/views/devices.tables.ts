import { COUNTS, FLEET } from '../fleet/fleet.tables.ts';
import type { ViewTable } from './view.types.ts';

/** Every living device with its units, its tags, and how it is shown in lists. */
export const DEVICE_TABLES: readonly ViewTable[] = [
  {
    name: 'devices',
    columns: `name_key ?KEY NOT NULL, tenant ?KEY NOT NULL, product_key ?KEY NOT NULL, device_key ?KEY NOT NULL,
      device_id ?KEY NOT NULL, generation BIGINT NOT NULL, revision BIGINT NOT NULL, lifecycle TEXT NOT NULL,
      registered_at BIGINT NOT NULL, registration_ends_at BIGINT, units INTEGER NOT NULL, evidence INTEGER NOT NULL,
      state TEXT NOT NULL`,
    key: 'name_key',
    indexes: {
      // Not unique: within one batch an id may pass from one name to another.
      devices_by_id: '(tenant, device_id, name_key)',
      // What a search along the list reads of a device.
      devices_by_name: '(name_key, device_key, device_id)',
      devices_by_device_key: '(tenant, device_key, name_key)',
      devices_by_registration_end: '(registration_ends_at) WHERE registration_ends_at IS NOT NULL',
    },
  },
  {
    name: 'device_tags',
    columns: 'name_key ?KEY NOT NULL, name ?KEY NOT NULL, value ?KEY NOT NULL',
    key: 'name_key, name',
    indexes: { devices_by_tag: '(name, value, name_key)' },
  },
  {
    name: 'waiting_units',
    columns:
      'name_key ?KEY NOT NULL, client_id ?KEY NOT NULL, state TEXT NOT NULL, since BIGINT NOT NULL',
    key: 'name_key, client_id',
    indexes: { waiting_units_by_age: '(state, since)' },
  },
  FLEET,
  COUNTS,
];
