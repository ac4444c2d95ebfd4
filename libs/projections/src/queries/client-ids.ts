import type { UnitDocument } from '@tallystick/contracts';
import type { LiveDevice, Unit } from '@tallystick/domain';
import { toRfc3339 } from '@tallystick/kernel';
import type { SqlSession } from '@tallystick/ports';
import { loadClientIds, type ClientIdRow } from '../presence/presence-rows.ts';
import { number, text } from '../stores/sql/rows.ts';
import { selectByKeys } from '../stores/sql/statements.ts';
import type { ClientIdEntry } from './queries.types.ts';

/** What the sessions of one life show of its ClientIDs. */
export interface SeenClientIds {
  readonly seen: ReadonlyMap<string, ClientIdRow>;
  /** The ClientIDs of open sessions, oldest first. */
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

/**
 * The ClientIDs that use a name: its units and, if the name has a secret, which several may share,
 * also the ClientIDs of its sessions. A name without a secret is used by units alone: any other
 * ClientID in its sessions was released or purged.
 */
export function toClientIds(device: LiveDevice, seen: SeenClientIds): readonly ClientIdEntry[] {
  const { units } = device.units;
  const claimed = units.map((unit) => ({
    clientId: unit.clientId,
    state: unit.state,
    ...connectionsOf(seen, unit.clientId, unit.activatedAt),
  }));
  if (device.secretOrigin === 'none') return claimed;
  const others = [...seen.seen.keys()].filter(
    (clientId) => !units.some((unit) => unit.clientId === clientId),
  );
  return [
    ...claimed,
    ...others.map((clientId) => ({
      clientId,
      state: null,
      ...connectionsOf(seen, clientId, null),
    })),
  ];
}

export type SeenByName = (key: string, generation: number) => SeenClientIds;

export async function loadSeen(session: SqlSession, keys: readonly string[]): Promise<SeenByName> {
  const clientIds = await loadClientIds(session, keys);
  const open = await selectByKeys(
    session,
    'SELECT name_key, generation, client_id, epoch FROM sessions WHERE closed_at IS NULL AND name_key',
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
