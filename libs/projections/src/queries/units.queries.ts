import type { MultiClientIdDocument, UnitsDocument } from '@tallystick/contracts';
import type { LiveDevice, LiveProduct } from '@tallystick/domain';
import type { SqlDatabase, SqlSession } from '@tallystick/ports';
import { json, number, text } from '../stores/sql/rows.ts';
import { loadSeen, toClientIds, toUnitDocument, type SeenByName } from './client-ids.ts';
import { fromCursor, toCursor } from './cursor.ts';
import { findDeviceRow, type FoundDevice } from './device-rows.ts';
import type { IdentityQueries, Page } from './queries.types.ts';

type UnitQueries = Pick<
  IdentityQueries,
  'listUnits' | 'multiClientIds' | 'listClientIds' | 'listWaitingUnits'
>;

/**
 * Names with several units, or with several ClientIDs in their sessions; both by small indexes of
 * their own.
 */
const CANDIDATES = `SELECT name_key, state FROM devices WHERE name_key IN (
    SELECT name_key FROM devices WHERE units > 1 AND name_key > ? AND name_key < ?
    UNION SELECT name_key FROM presence WHERE client_ids > 1 AND name_key > ? AND name_key < ?)
  ORDER BY name_key LIMIT ?`;

const WAITING = `SELECT d.tenant AS tenant, d.product_key AS product_key, d.device_key AS device_key, d.generation AS generation,
    w.client_id AS client_id, w.since AS since
  FROM waiting_units w JOIN devices d ON d.name_key = w.name_key
  WHERE w.state = ? AND w.since <= ? ORDER BY w.since LIMIT ?`;

type Candidate = Pick<FoundDevice, 'key' | 'device'>;

async function readCandidates(
  session: SqlSession,
  after: string,
  before: string,
  limit: number,
): Promise<readonly Candidate[]> {
  const rows = await session.all(CANDIDATES, [after, before, after, before, limit]);
  return rows.map((row) => ({
    key: text(row, 'name_key'),
    device: json<LiveDevice>(row, 'state'),
  }));
}

function toMultiClientId({ key, device }: Candidate, seen: SeenByName): MultiClientIdDocument {
  const known = seen(key, device.generation);
  const clientIds = toClientIds(device, known);
  return {
    deviceId: device.deviceId,
    deviceKey: device.deviceKey,
    clientIds: clientIds.length,
    forbidden: clientIds.filter(({ state }) => state === 'forbidden').length,
    currentClientId: known.open.at(-1) ?? null,
  };
}

/**
 * Goes on until the page is full: a candidate may turn out to have one unit and the traces of
 * another that is gone.
 */
async function readMultiClientIds(
  session: SqlSession,
  prefix: string,
  from: string,
  limit: number,
): Promise<Page<MultiClientIdDocument>> {
  const data: MultiClientIdDocument[] = [];
  // '0' follows '/': the first name that no longer begins so.
  const before = `${prefix.slice(0, -1)}0`;
  for (let after = prefix + from; ;) {
    const candidates = await readCandidates(session, after, before, limit + 1);
    const seen = await loadSeen(
      session,
      candidates.map(({ key }) => key),
    );
    for (const candidate of candidates) {
      const found = toMultiClientId(candidate, seen);
      if (found.clientIds < 2) continue;
      const last = data.at(-1);
      if (data.length === limit && last !== undefined)
        return { data, nextCursor: toCursor([last.deviceKey]) };
      data.push(found);
    }
    const end = candidates.at(-1);
    if (end === undefined || candidates.length <= limit) return { data, nextCursor: null };
    after = end.key;
  }
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
