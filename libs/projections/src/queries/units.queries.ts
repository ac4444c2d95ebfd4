import type { MultiClientIdDocument, UnitsDocument } from '@tallystick/contracts';
import type { LiveDevice, LiveProduct } from '@tallystick/domain';
import type { SqlDatabase, SqlRow, SqlSession } from '@tallystick/ports';
import { hasEvidence } from '../fleet/fleet-row.ts';
import { json, number, text } from '../stores/sql/rows.ts';
import { loadSeen, toClientIds, toUnitDocument, type SeenByName } from './client-ids.ts';
import { fromCursor, toPage } from './cursor.ts';
import { rangeOf } from './device-filter.ts';
import { findDeviceRow, type FoundDevice } from './device-rows.ts';
import type { IdentityQueries, Page } from './queries.types.ts';

type UnitQueries = Pick<
  IdentityQueries,
  'listUnits' | 'multiClientIds' | 'listClientIds' | 'listWaitingUnits'
>;

/** The names that are marked as used by more than one unit. */
const SHARED = `SELECT f.name_key AS name_key, d.state AS state FROM fleet f JOIN devices d ON d.name_key = f.name_key
  WHERE f.shared > 0 AND f.name_key > ? AND f.name_key < ? ORDER BY f.name_key LIMIT ?`;

const WAITING = `SELECT d.tenant AS tenant, d.product_key AS product_key, d.device_key AS device_key, d.generation AS generation,
    w.client_id AS client_id, w.since AS since
  FROM waiting_units w JOIN devices d ON d.name_key = w.name_key
  WHERE w.state = ? AND w.since <= ? ORDER BY w.since LIMIT ?`;

type Shared = Pick<FoundDevice, 'key' | 'device'>;

function toMultiClientId({ key, device }: Shared, seen: SeenByName): MultiClientIdDocument {
  const known = seen(key, device.generation);
  const clientIds = toClientIds(device, known);
  const evidence = hasEvidence(device);
  return {
    deviceId: device.deviceId,
    deviceKey: device.deviceKey,
    clientIds: Math.max(clientIds.length, evidence ? 1 : 0),
    forbidden: clientIds.filter(({ state }) => state === 'forbidden').length,
    currentClientId: known.open.at(-1) ?? null,
    evidence,
  };
}

async function readMultiClientIds(
  session: SqlSession,
  prefix: string,
  from: string,
  limit: number,
): Promise<Page<MultiClientIdDocument>> {
  const { before } = rangeOf(prefix);
  const rows = await session.all(SHARED, [prefix + from, before, limit + 1]);
  const keys = rows.slice(0, limit).map((row) => text(row, 'name_key'));
  const seen = await loadSeen(session, keys);
  const toItem = (row: SqlRow): MultiClientIdDocument =>
    toMultiClientId({ key: text(row, 'name_key'), device: json<LiveDevice>(row, 'state') }, seen);
  return toPage(rows, limit, toItem, (row) => text(row, 'name_key').split('/').slice(2));
}

async function unitsOf(session: SqlSession, { key, device }: FoundDevice): Promise<UnitsDocument> {
  const sql = 'SELECT state FROM products WHERE product_key = ?';
  const [product] = await session.all(sql, [device.productKey]);
  const seen = (await loadSeen(session, [key]))(key, device.generation);
  const { units, open } = device.units;
  return {
    capacity: product === undefined ? 5 : json<LiveProduct>(product, 'state').maxUnits,
    used: units.length,
    open,
    data: units.map((unit) => toUnitDocument(unit, seen)),
  };
}

export function createUnitQueries(db: SqlDatabase): UnitQueries {
  return {
    listUnits: (tenant, deviceId) =>
      db.read(async (session) => {
        const found = await findDeviceRow(session, tenant, deviceId);
        return found === null ? null : unitsOf(session, found);
      }),
    listClientIds: (tenant, deviceId) =>
      db.read(async (session) => {
        const found = await findDeviceRow(session, tenant, deviceId);
        if (found === null) return null;
        const seen = await loadSeen(session, [found.key]);
        return toClientIds(found.device, seen(found.key, found.device.generation));
      }),
    multiClientIds: async (tenant, productKey, limit, cursor = null) => {
      const from = cursor === null ? [''] : fromCursor(cursor, ['']);
      if (from === null) return null;
      const prefix = `${tenant}/${productKey}/`;
      return db.read((session) => readMultiClientIds(session, prefix, String(from[0]), limit));
    },
    listWaitingUnits: async (state, before, limit) => {
      const rows = await db.read((session) => session.all(WAITING, [state, before, limit]));
      return rows.map((row) => ({
        tenant: text(row, 'tenant'),
        productKey: text(row, 'product_key'),
        deviceKey: text(row, 'device_key'),
        generation: number(row, 'generation'),
        clientId: text(row, 'client_id'),
        since: number(row, 'since'),
      }));
    },
  };
}
