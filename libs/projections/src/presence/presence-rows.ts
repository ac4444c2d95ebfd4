import type { SqlRow, SqlSession, SqlValue } from '@tallystick/ports';
import { number, text, textOrNull } from '../stores/sql/rows.ts';
import { selectByKeys } from '../stores/sql/statements.ts';
import type { PresenceState } from './presence.fold.ts';

/** One ClientID that sessions of a life have shown. */
export interface ClientIdRow {
  readonly generation: number;
  readonly firstConnectedAt: number;
  readonly lastConnectedAt: number;
}

/** A device key's row, and how many ClientIDs its life has shown. */
export interface PresenceRow {
  readonly state: PresenceState;
  readonly clientIds: number;
}

/** The ClientIDs of some names, by name and then by ClientID. */
export type ClientIdRows = Map<string, Map<string, ClientIdRow>>;

export function toPresenceState(row: SqlRow): PresenceState {
  return {
    generation: number(row, 'generation'),
    online: number(row, 'online') === 1,
    onlineEpoch: number(row, 'online_epoch'),
    epoch: number(row, 'epoch'),
    sessionId: textOrNull(row, 'session_id'),
    clientId: textOrNull(row, 'client_id'),
    lastSeenAt: number(row, 'last_seen_at'),
  };
}

export function toPresenceValues(key: string, { state, clientIds }: PresenceRow): SqlValue[] {
  return [
    key,
    state.generation,
    state.online ? 1 : 0,
    state.onlineEpoch,
    state.epoch,
    state.sessionId,
    state.clientId,
    state.lastSeenAt,
    clientIds,
  ];
}

export async function loadPresence(
  session: SqlSession,
  keys: readonly string[],
): Promise<Map<string, PresenceRow>> {
  const rows = await selectByKeys(session, 'SELECT * FROM presence WHERE name_key', keys);
  return new Map(
    rows.map((row) => [
      text(row, 'name_key'),
      { state: toPresenceState(row), clientIds: number(row, 'client_ids') },
    ]),
  );
}

export async function loadClientIds(
  session: SqlSession,
  keys: readonly string[],
): Promise<ClientIdRows> {
  const found: ClientIdRows = new Map();
  const rows = await selectByKeys(session, 'SELECT * FROM client_ids WHERE name_key', keys);
  for (const row of rows) {
    const key = text(row, 'name_key');
    const own = found.get(key) ?? new Map<string, ClientIdRow>();
    found.set(key, own);
    own.set(text(row, 'client_id'), {
      generation: number(row, 'generation'),
      firstConnectedAt: number(row, 'first_connected_at'),
      lastConnectedAt: number(row, 'last_connected_at'),
    });
  }
  return found;
}
