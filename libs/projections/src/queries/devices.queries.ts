import { deviceRecordKey, type DeviceDocument } from '@tallystick/contracts';
import type { SqlDatabase, SqlValue } from '@tallystick/ports';
import { number, text } from '../stores/sql/rows.ts';
import { fromCursor, toPage } from './cursor.ts';
import { DEVICE_ROWS, findDeviceRow, toDeviceDocument } from './device-rows.ts';
import type { DeviceFilter, IdentityQueries } from './queries.types.ts';

type DeviceQueries = Pick<
  IdentityQueries,
  | 'findDevice'
  | 'findDeviceByKey'
  | 'listDevices'
  | 'locate'
  | 'countDevices'
  | 'listEndingRegistrations'
>;

const START = [Number.MIN_SAFE_INTEGER, ''] as const;

const STATUS: Readonly<Record<DeviceDocument['status'], string>> = {
  disabled: `d.lifecycle = 'disabled'`,
  inactive: `d.lifecycle = 'inactive'`,
  online: `d.lifecycle = 'active' AND p.online = 1`,
  offline: `d.lifecycle = 'active' AND COALESCE(p.online, 0) = 0`,
};

const ENDING = `SELECT tenant, product_key, device_key, generation, registration_ends_at FROM devices
  WHERE registration_ends_at <= ? ORDER BY registration_ends_at LIMIT ?`;

interface Conditions {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/**
 * A name is looked up, not searched for along the order of the list. SQLite, which counts no rows,
 * would take the index of that order for the cheaper one, and read the whole list: a tenant that is
 * the outcome of an expression cannot use it.
 */
function ofName({ tenant, productKey, deviceKey }: DeviceFilter): Conditions {
  if (deviceKey === undefined) return { sql: 'd.tenant = ?', params: [tenant] };
  if (productKey === undefined) return { sql: `d.tenant || '' = ?`, params: [tenant] };
  const key = deviceRecordKey(tenant, productKey, deviceKey);
  return { sql: 'd.tenant = ? AND d.name_key = ?', params: [tenant, key] };
}

function conditionsOf(filter: DeviceFilter): Conditions {
  const name = ofName(filter);
  const parts = [name.sql];
  const params: SqlValue[] = [...name.params];
  const equal = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    parts.push(`${column} = ?`);
    params.push(value);
  };
  equal('d.product_key', filter.productKey);
  equal('d.device_key', filter.deviceKey);
  if (filter.status !== undefined) parts.push(STATUS[filter.status]);
  for (const [name, value] of Object.entries(filter.tags ?? {})) {
    parts.push(
      'EXISTS (SELECT 1 FROM device_tags t WHERE t.name = ? AND t.value = ? AND t.name_key = d.name_key)',
    );
    params.push(name, value);
  }
  return { sql: parts.join(' AND '), params };
}

function createLists(db: SqlDatabase): Pick<DeviceQueries, 'listDevices' | 'countDevices'> {
  return {
    listDevices: async (filter, limit, cursor = null) => {
      const from = cursor === null ? START : fromCursor(cursor, START);
      if (from === null) return null;
      const { sql, params } = conditionsOf(filter);
      const statement = `${DEVICE_ROWS} WHERE ${sql} AND (d.registered_at, d.device_id) > (?, ?)
        ORDER BY d.registered_at, d.device_id LIMIT ?`;
      const rows = await db.read((session) =>
        session.all(statement, [...params, ...from, limit + 1]),
      );
      return toPage(rows, limit, toDeviceDocument, (row) => [
        number(row, 'registered_at'),
        text(row, 'device_id'),
      ]);
    },
    countDevices: (tenant, productKey) =>
      db.read(async (session) => {
        const sql = 'SELECT COUNT(*) AS devices FROM devices WHERE tenant = ? AND product_key = ?';
        const [row] = await session.all(sql, [tenant, productKey]);
        return row === undefined ? 0 : number(row, 'devices');
      }),
  };
}

export function createDeviceQueries(db: SqlDatabase): DeviceQueries {
  return {
    ...createLists(db),
    listEndingRegistrations: async (before, limit) => {
      const rows = await db.read((session) => session.all(ENDING, [before, limit]));
      return rows.map((row) => ({
        tenant: text(row, 'tenant'),
        productKey: text(row, 'product_key'),
        deviceKey: text(row, 'device_key'),
        generation: number(row, 'generation'),
        endsAt: number(row, 'registration_ends_at'),
      }));
    },
    findDevice: (tenant, deviceId) =>
      db.read(async (session) => {
        const found = await findDeviceRow(session, tenant, deviceId);
        return found === null ? null : toDeviceDocument(found.row);
      }),
    findDeviceByKey: (tenant, productKey, deviceKey) =>
      db.read(async (session) => {
        const key = deviceRecordKey(tenant, productKey, deviceKey);
        const [row] = await session.all(`${DEVICE_ROWS} WHERE d.name_key = ?`, [key]);
        return row === undefined ? null : toDeviceDocument(row);
      }),
    locate: (tenant, deviceId) =>
      db.read(async (session) => {
        const found = await findDeviceRow(session, tenant, deviceId);
        if (found === null) return null;
        const { productKey, deviceKey, generation, secretOrigin, secrets } = found.device;
        return { tenant, productKey, deviceKey, generation, secretOrigin, secrets };
      }),
  };
}
