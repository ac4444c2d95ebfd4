import type { UnitDocument } from '@tallystick/contracts';
import type { LiveDevice, Unit } from '@tallystick/domain';
import { toRfc3339 } from '@tallystick/kernel';
import type { SqlSession } from '@tallystick/ports';
import { clientIdsOf } from '../fleet/fleet-row.ts';
import { loadClientIds, type ClientIdRow } from '../presence/presence-rows.ts';
import { number, text } from '../stores/sql/rows.ts';
import { selectByKeys } from '../stores/sql/statements.ts';
import type { ClientIdEntry } from './queries.types.ts';

/** What the sessions of one life show of its ClientIDs. */
export interface SeenClientIds {
  readonly seen: ReadonlyMap<string, ClientIdRow>;
  /** The ClientIDs of open sessions, oldest first; over HTTP they name no unit. */
  readonly open: readonly string[];
}

const NOTHING_SEEN: SeenClientIds = { seen: new Map(), open: [] };

const timeOf = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : toRfc3339(at);

function connectionsOf(
  { seen, open }: SeenClientIds,
  clientId: string,
  activatedAt: number | null,
) {
  const row = seen.get(clientId);
  return {
    firstConnectedAt: timeOf(row?.firstConnectedAt ?? activatedAt),
    lastConnectedAt: timeOf(row?.lastConnectedAt ?? activatedAt),
    connected: open.includes(clientId),
  };
}

export function toUnitDocument(unit: Unit, seen: SeenClientIds): UnitDocument {
  const { clientId, state, claimedAt, activatedAt } = unit;
  const connections = connectionsOf(seen, clientId, activatedAt);
  return { clientId, state, claimedAt: toRfc3339(claimedAt), ...connections };
}

/** The ClientIDs that use a name, each with its connections. */
export function toClientIds(device: LiveDevice, seen: SeenClientIds): readonly ClientIdEntry[] {
  const units = new Map(device.units.units.map((unit) => [unit.clientId, unit]));
  return [...clientIdsOf(device, seen.seen.keys())].map((clientId) => {
    const unit = units.get(clientId);
    const connections = connectionsOf(seen, clientId, unit?.activatedAt ?? null);
    return { clientId, state: unit?.state ?? null, ...connections };
  });
}

export type SeenByName = (key: string, generation: number) => SeenClientIds;

export async function loadSeen(session: SqlSession, keys: readonly string[]): Promise<SeenByName> {
  const clientIds = await loadClientIds(session, keys);
  const open = await selectByKeys(
    session,
    `SELECT name_key, generation, client_id, epoch FROM sessions
      WHERE closed_at IS NULL AND transport <> 'http' AND name_key`,
    keys,
  );
  const ordered = [...open].sort((a, b) => number(a, 'epoch') - number(b, 'epoch'));
  return (key, generation) => {
    const rows = clientIds.get(key);
    const live = ordered.filter(
      (row) => text(row, 'name_key') === key && number(row, 'generation') === generation,
    );
    if (rows === undefined && live.length === 0) return NOTHING_SEEN;
    const ofLife = [...(rows ?? [])].filter(([, row]) => row.generation === generation);
    return { seen: new Map(ofLife), open: live.map((row) => text(row, 'client_id')) };
  };
}
