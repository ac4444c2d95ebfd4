import { toDeviceState, type DeviceDocument } from '@tallystick/contracts';
import type { LiveDevice } from '@tallystick/domain';
import { toRfc3339 } from '@tallystick/kernel';
import type { SqlRow, SqlSession } from '@tallystick/ports';
import { statusOf } from '../fleet/fleet-row.ts';
import { json, number, numberOrNull, text, textOrNull } from '../stores/sql/rows.ts';

/** Identity and presence, each fed by a log of its own, meet in the same life of the same name. */
export const DEVICE_ROWS = `SELECT d.name_key AS name_key, d.device_id AS device_id, 
    d.revision AS revision, d.state AS state, p.online AS online, p.epoch AS epoch, p.client_id AS client_id,
    p.last_seen_at AS last_seen_at
  FROM devices d LEFT JOIN presence p ON p.name_key = d.name_key AND p.generation = d.generation`;

export interface FoundDevice {
  readonly key: string;
  readonly device: LiveDevice;
  readonly row: SqlRow;
}

export function toDeviceDocument(row: SqlRow): DeviceDocument {
  const state = toDeviceState(json<LiveDevice>(row, 'state'), number(row, 'revision'));
  const presence = row['online'] === 1 ? 'online' : 'offline';
  const lastSeenAt = numberOrNull(row, 'last_seen_at');
  return {
    ...state,
    presence,
    status: statusOf(state.lifecycle, presence === 'online'),
    clientId: textOrNull(row, 'client_id'),
    epoch: numberOrNull(row, 'epoch') ?? 0,
    lastSeenAt: lastSeenAt === null ? null : toRfc3339(lastSeenAt),
  };
}

export async function findDeviceRow(
  session: SqlSession,
  tenant: string,
  deviceId: string,
): Promise<FoundDevice | null> {
  const sql = `${DEVICE_ROWS} WHERE d.device_id = ? AND d.tenant = ?`;
  const [row] = await session.all(sql, [deviceId, tenant]);
  if (row === undefined) return null;
  return { key: text(row, 'name_key'), device: json<LiveDevice>(row, 'state'), row };
}
