import type { SessionDocument, TimelineEntryDocument } from '@tallystick/contracts';
import { toRfc3339, type JsonObject } from '@tallystick/kernel';
import type { SqlDatabase, SqlRow } from '@tallystick/ports';
import { NEWEST_SESSIONS } from '../presence/prune.ts';
import { json, number, numberOrNull, text, textOrNull } from '../stores/sql/rows.ts';
import { findDeviceRow } from './device-rows.ts';
import type { IdentityQueries } from './queries.types.ts';

type SessionQueries = Pick<IdentityQueries, 'listSessions' | 'findSession' | 'listTransitions'>;

const SHOWN = 100;
const LAST = `ORDER BY ${NEWEST_SESSIONS} LIMIT ${SHOWN}`;
const SESSIONS_OF_LIFE = `SELECT * FROM sessions WHERE name_key = ? AND generation = ? ${LAST}`;
const SESSIONS_OF_UNIT = `SELECT * FROM sessions WHERE name_key = ? AND generation = ? AND client_id = ? ${LAST}`;
const TRANSITIONS_OF_LIFE =
  'SELECT * FROM transitions WHERE name_key = ? AND generation = ? ORDER BY record_offset';
const SESSION_OF_TENANT = `SELECT s.*, d.device_id AS device_id, d.product_key AS product_key, d.device_key AS device_key
  FROM sessions s JOIN devices d ON d.name_key = s.name_key AND d.generation = s.generation
  WHERE s.session_id = ? AND d.tenant = ?`;

function toSession(row: SqlRow): SessionDocument {
  const closedAt = numberOrNull(row, 'closed_at');
  return {
    sessionId: text(row, 'session_id'),
    epoch: number(row, 'epoch'),
    clientId: text(row, 'client_id'),
    gatewayId: text(row, 'gateway_id'),
    // As the tracker wrote it.
    transport: text(row, 'transport') as SessionDocument['transport'],
    dialect: text(row, 'dialect'),
    remoteAddress: text(row, 'remote_address'),
    openedAt: toRfc3339(number(row, 'opened_at')),
    closedAt: closedAt === null ? null : toRfc3339(closedAt),
    closeReason: textOrNull(row, 'close_reason'),
  };
}

function toTransition(row: SqlRow): TimelineEntryDocument {
  return {
    position: null,
    type: text(row, 'type'),
    time: toRfc3339(number(row, 'time')),
    actor: text(row, 'actor'),
    causationId: text(row, 'causation_id'),
    data: { ...json<JsonObject>(row, 'data') },
  };
}

export function createSessionQueries(db: SqlDatabase): SessionQueries {
  const ofLife = (sql: string, tenant: string, deviceId: string, ...more: string[]) =>
    db.read(async (session) => {
      const found = await findDeviceRow(session, tenant, deviceId);
      return found === null
        ? null
        : session.all(sql, [found.key, found.device.generation, ...more]);
    });
  return {
    listSessions: async (tenant, deviceId, clientId) => {
      const rows = await (clientId === undefined
        ? ofLife(SESSIONS_OF_LIFE, tenant, deviceId)
        : ofLife(SESSIONS_OF_UNIT, tenant, deviceId, clientId));
      return rows?.map(toSession) ?? null;
    },
    listTransitions: async (tenant, deviceId) =>
      (await ofLife(TRANSITIONS_OF_LIFE, tenant, deviceId))?.map(toTransition) ?? [],
    findSession: (tenant, sessionId) =>
      db.read(async (session) => {
        const [row] = await session.all(SESSION_OF_TENANT, [sessionId, tenant]);
        if (row === undefined) return null;
        return {
          ...toSession(row),
          deviceId: text(row, 'device_id'),
          productKey: text(row, 'product_key'),
          deviceKey: text(row, 'device_key'),
          generation: number(row, 'generation'),
        };
      }),
  };
}
