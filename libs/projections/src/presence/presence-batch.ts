import { clientIdNamesUnit } from '@tallystick/domain';
import type { SqlSession, SqlValue } from '@tallystick/ports';
import { lockFleet, refreshFleet } from '../fleet/refresh-fleet.ts';
import { readFollowing } from '../runner/checkpoints.ts';
import { upsert } from '../stores/sql/statements.ts';
import { foldPresence, type PresenceState } from './presence.fold.ts';
import type { PresenceRecord } from './presence-record.ts';
import {
  loadClientIds,
  loadPresence,
  toPresenceValues,
  type ClientIdRow,
  type ClientIdRows,
  type PresenceRow,
} from './presence-rows.ts';
import { CLIENT_IDS, PRESENCE, TRANSITIONS } from './presence.tables.ts';
import { forgetOlderLives, isTimeToPrune, pruneName } from './prune.ts';
import { openedAtOf, SessionRows } from './session-rows.ts';

/** What the records of one batch make of the rows. */
class PresenceBatch {
  readonly #presence: Map<string, PresenceRow>;
  readonly #clientIds: ClientIdRows;
  readonly #sessions = new SessionRows();
  readonly #touched = new Set<string>();
  readonly #connected = new Map<string, readonly [string, string]>();
  readonly #transitions: SqlValue[][] = [];
  readonly #born = new Map<string, number>();
  readonly #toPrune = new Set<string>();
  readonly #before: ReadonlyMap<string, PresenceRow>;

  constructor(presence: Map<string, PresenceRow>, clientIds: ClientIdRows) {
    this.#presence = presence;
    this.#before = new Map(presence);
    this.#clientIds = clientIds;
  }

  add(record: PresenceRecord): void {
    const before = this.#presence.get(record.key);
    const state = foldPresence(before?.state ?? null, record);
    if (record.data.generation === state.generation) this.#apply(record, state, before);
    if (record.type === 'SessionClosed') this.#sessions.close(record);
  }

  #apply(record: PresenceRecord, state: PresenceState, before: PresenceRow | undefined): void {
    const { key, type } = record;
    const sameLife = before?.state.generation === state.generation;
    if (before !== undefined && !sameLife) this.#born.set(key, state.generation);
    this.#touched.add(key);
    this.#presence.set(key, { state, clientIds: sameLife ? before.clientIds : 0 });
    if (type === 'SessionOpened') this.#open(record);
    if (type === 'DeviceOnline' || type === 'DeviceOffline') this.#transition(record);
  }

  #open(record: PresenceRecord): void {
    const { key, data } = record;
    this.#sessions.open(record);
    if (clientIdNamesUnit(data.dialect, data.transport))
      this.#connect(key, data.clientId, data.generation, openedAtOf(record));
    if (isTimeToPrune(record)) this.#toPrune.add(key);
  }

  #connect(key: string, clientId: string, generation: number, at: number): void {
    const known = this.#clientIds.get(key) ?? new Map<string, ClientIdRow>();
    this.#clientIds.set(key, known);
    const found = known.get(clientId);
    const before = found?.generation === generation ? found : undefined;
    known.set(clientId, {
      generation,
      firstConnectedAt: before?.firstConnectedAt ?? at,
      lastConnectedAt: Math.max(before?.lastConnectedAt ?? 0, at),
    });
    this.#connected.set(`${key}|${clientId}`, [key, clientId]);
    const row = this.#presence.get(key);
    if (before === undefined && row !== undefined)
      this.#presence.set(key, { ...row, clientIds: row.clientIds + 1 });
  }

  #transition(record: PresenceRecord): void {
    const { key, offset, type, time, actor, causationId, data, document } = record;
    const text = JSON.stringify(document);
    this.#transitions.push([key, offset, data.generation, type, time, actor, causationId, text]);
  }

  async write(session: SqlSession): Promise<void> {
    for (const [key, generation] of this.#born) await forgetOlderLives(session, key, generation);
    await upsert(session, PRESENCE, this.#presenceValues());
    await upsert(session, CLIENT_IDS, this.#clientIdValues());
    await this.#sessions.write(session);
    await upsert(session, TRANSITIONS, this.#transitions);
    for (const key of this.#toPrune) await pruneName(session, key);
  }

  /** The names that may be shown in another way than before. */
  changed(): readonly string[] {
    return [...this.#touched].filter((key) => {
      const before = this.#before.get(key);
      const after = this.#presence.get(key);
      return (
        this.#toPrune.has(key) ||
        before?.state.online !== after?.state.online ||
        before?.state.generation !== after?.state.generation ||
        before?.clientIds !== after?.clientIds
      );
    });
  }

  #presenceValues(): SqlValue[][] {
    return [...this.#touched].flatMap((key) => {
      const row = this.#presence.get(key);
      return row === undefined ? [] : [toPresenceValues(key, row)];
    });
  }

  #clientIdValues(): SqlValue[][] {
    return [...this.#connected.values()].flatMap(([key, clientId]) => {
      const row = this.#clientIds.get(key)?.get(clientId);
      if (row === undefined) return [];
      return [[key, clientId, row.generation, row.firstConnectedAt, row.lastConnectedAt]];
    });
  }
}

/**
 * Records of any names, each name's in order; whatever they make of the rows is written in few
 * statements.
 */
export async function writePresence(
  session: SqlSession,
  records: readonly PresenceRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const keys = new Set(records.map(({ key }) => key));
  const opened = records.filter(({ type }) => type === 'SessionOpened').map(({ key }) => key);
  const presence = await loadPresence(session, [...keys]);
  const clientIds = await loadClientIds(session, [...new Set(opened)]);
  const batch = new PresenceBatch(presence, clientIds);
  for (const record of records) batch.add(record);
  await batch.write(session);
  const changed = batch.changed();
  if (changed.length === 0) return;
  await lockFleet(session);
  await refreshFleet(session, changed, '');
  // What is built beside is fed as well.
  const following = await readFollowing(session);
  if (following.has('devices')) await refreshFleet(session, changed, '_beside');
}
