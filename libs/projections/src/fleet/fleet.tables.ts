import type { Table } from '../stores/sql/statements.ts';
import type { Place, ViewTable } from '../views/view.types.ts';

/** One row for each living device, narrow: presence changes it far more often than identity. */
export const FLEET: ViewTable = {
  name: 'fleet',
  columns: `name_key ?KEY NOT NULL, tenant ?KEY NOT NULL, status ?KEY NOT NULL, shared INTEGER NOT NULL`,
  key: 'name_key',
  indexes: {
    fleet_by_status: '(tenant, status, name_key)',
    fleet_of_shared_names: '(name_key) WHERE shared > 0',
  },
  indexed: 'last',
};

/** How many rows of {@link FLEET} are so, by product; product '' counts the whole tenant. */
export const COUNTS: ViewTable = {
  name: 'fleet_counts',
  columns: `tenant ?KEY NOT NULL, product_key ?KEY NOT NULL, kind ?KEY NOT NULL, devices BIGINT NOT NULL`,
  key: 'tenant, product_key, kind',
  indexed: 'first',
  meansNothing: 'devices = 0',
};

export const WHOLE_TENANT = '';

export const fleetAt = (place: Place): Table => ({
  name: `fleet${place}`,
  columns: ['name_key', 'tenant', 'status', 'shared'],
  keyColumns: 1,
});
