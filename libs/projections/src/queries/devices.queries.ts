import { deviceRecordKey } from '@tallystick/contracts';
import type { SqlDatabase, SqlRow, SqlSession } from '@tallystick/ports';
import { number, text } from '../stores/sql/rows.ts';
import { selectByKeys } from '../stores/sql/statements.ts';
import { countDevices } from './count-devices.ts';
import { fromCursor, toPage } from './cursor.ts';
import { listKeys } from './device-list.ts';
import { DEVICE_ROWS, findDeviceRow, toDeviceDocument } from './device-rows.ts';
import type { IdentityQueries } from './queries.types.ts';

type DeviceQueries = Pick<
  IdentityQueries,
  | 'findDevice'
  | 'findDeviceByKey'
  | 'listDevices'
  | 'locate'
  | 'countDevices'
  | 'listEndingRegistrations'
>;

const ENDING = `SELECT tenant, product_key, device_key, generation, registration_ends_at FROM devices
  WHERE registration_ends_at <= ? ORDER BY registration_ends_at LIMIT ?`;

/** A cursor of this list names the product and the device key of the last row shown. */
const START = ['', ''] as const;

function keyAfter(tenant: string, cursor: string | null): string | null | undefined {
  if (cursor === null) return null;
  const place = fromCursor(cursor, START);
  return place === null ? undefined : deviceRecordKey(tenant, String(place[0]), String(place[1]));
}

async function loadInOrder(
  session: SqlSession,
  keys: readonly string[],
): Promise<readonly SqlRow[]> {
  const rows = await selectByKeys(session, `${DEVICE_ROWS} WHERE d.name_key`, keys);
  const byKey = new Map(rows.map((row) => [text(row, 'name_key'), row]));
  return keys.map((key) => byKey.get(key)).filter((row) => row !== undefined);
}

function createLists(db: SqlDatabase): Pick<DeviceQueries, 'listDevices' | 'countDevices'> {
  return {
    listDevices: async (filter, limit, cursor = null) => {
      const after = keyAfter(filter.tenant, cursor);
      if (after === undefined) return null;
      const rows = await db.read(async (session) => {
        const part = { after, limit: limit + 1 };
        return loadInOrder(session, await listKeys(session, db.dialect, filter, part));
      });
      return toPage(rows, limit, toDeviceDocument, (row) =>
        text(row, 'name_key').split('/').slice(1),
      );
    },
    countDevices: (tenant, productKey) =>
      db.read((session) => countDevices(session, tenant, productKey)),
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
