import type { LiveDevice } from '@tallystick/domain';
import type { SqlRow, SqlSession, SqlValue } from '@tallystick/ports';
import { loadClientIds, type ClientIdRows } from '../presence/presence-rows.ts';
import { json, number, text } from '../stores/sql/rows.ts';
import { deleteByKeys, selectByKeys, upsert } from '../stores/sql/statements.ts';
import type { Place } from '../views/view.types.ts';
import {
  clientIdsOf,
  hasEvidence,
  lifecycleOf,
  statusOf,
  type FleetRow,
  type Lifecycle,
  type Status,
} from './fleet-row.ts';
import { FleetCounts } from './fleet-counts.ts';
import { fleetAt } from './fleet.tables.ts';

/**
 * Both sides of a device, its identity and its presence, write its row here, each in the
 * transaction of its own rows. Whoever comes second waits for the first, and sees what it wrote.
 */
export async function lockFleet(session: SqlSession): Promise<void> {
  await session.run(`UPDATE view_checkpoints SET position = position WHERE name = 'fleet'`);
}

/** A name is looked at closely where it may have several ClientIDs. */
const FACTS = (place: Place): string => `SELECT d.name_key AS name_key, d.tenant AS tenant,
    d.generation AS generation, d.lifecycle AS lifecycle, d.evidence AS evidence, p.online AS online,
    CASE WHEN d.units + COALESCE(p.client_ids, 0) > 1 THEN d.state END AS state
  FROM devices${place} d LEFT JOIN presence p ON p.name_key = d.name_key AND p.generation = d.generation
  WHERE d.name_key`;

function isShared(row: SqlRow, seen: ClientIdRows): boolean {
  if (row['evidence'] === 1) return true;
  if (row['state'] === null) return false;
  const generation = number(row, 'generation');
  const ofLife = [...(seen.get(text(row, 'name_key')) ?? [])].filter(
    ([, clientId]) => clientId.generation === generation,
  );
  const clientIds = ofLife.map(([clientId]) => clientId);
  return clientIdsOf(json<LiveDevice>(row, 'state'), clientIds).size > 1;
}

function toFleetRow(row: SqlRow, seen: ClientIdRows): FleetRow {
  // As the devices view wrote it.
  const lifecycle = text(row, 'lifecycle') as Lifecycle;
  return {
    tenant: text(row, 'tenant'),
    status: statusOf(lifecycle, row['online'] === 1),
    shared: isShared(row, seen),
  };
}

async function loadAsTheyAre(
  session: SqlSession,
  keys: readonly string[],
  place: Place,
): Promise<ReadonlyMap<string, FleetRow>> {
  const rows = await selectByKeys(session, FACTS(place), keys);
  const close = rows.filter((row) => row['state'] !== null).map((row) => text(row, 'name_key'));
  const seen = await loadClientIds(session, close);
  return new Map(rows.map((row) => [text(row, 'name_key'), toFleetRow(row, seen)]));
}

async function loadAsTheyStand(
  session: SqlSession,
  keys: readonly string[],
  place: Place,
): Promise<ReadonlyMap<string, FleetRow>> {
  const select = `SELECT name_key, tenant, status, shared FROM fleet${place} WHERE name_key`;
  const rows = await selectByKeys(session, select, keys);
  return new Map(
    rows.map((row) => [
      text(row, 'name_key'),
      {
        tenant: text(row, 'tenant'),
        status: text(row, 'status') as Status,
        shared: row['shared'] === 1,
      },
    ]),
  );
}

const isSame = (a: FleetRow, b: FleetRow): boolean =>
  a.status === b.status && a.shared === b.shared;

/** What a batch changes of the rows and their counts. */
class FleetChanges {
  readonly #counts = new FleetCounts();
  readonly #rows: SqlValue[][] = [];
  readonly #gone: string[] = [];

  move(key: string, before: FleetRow | null, after: FleetRow | null): void {
    if (before === after || (before !== null && after !== null && isSame(before, after))) return;
    this.#counts.move(key, before, after);
    if (after === null) this.#gone.push(key);
    else this.#rows.push([key, after.tenant, after.status, after.shared ? 1 : 0]);
  }

  async write(session: SqlSession, place: Place): Promise<void> {
    await deleteByKeys(session, `fleet${place} WHERE name_key`, this.#gone);
    await upsert(session, fleetAt(place), this.#rows);
    await this.#counts.write(session, place);
  }
}

/** Devices whose life begins in the batch, by their keys: what is known of them is at hand. */
export type Born = ReadonlyMap<string, LiveDevice>;

/** Those of which presence has told already, or that several units use, are looked at as others. */
async function placeBorn(
  session: SqlSession,
  place: Place,
  changes: FleetChanges,
  born: Born,
): Promise<readonly string[]> {
  const before = await loadAsTheyStand(session, [...born.keys()], place);
  const told = await selectByKeys(session, 'SELECT name_key FROM presence WHERE name_key', [
    ...born.keys(),
  ]);
  const known = new Set(told.map((row) => text(row, 'name_key')));
  const others: string[] = [];
  for (const [key, device] of born) {
    const { tenant, units } = device;
    if (known.has(key) || units.units.length > 1) others.push(key);
    else {
      const status = statusOf(lifecycleOf(device), false);
      changes.move(key, before.get(key) ?? null, {
        ...{ tenant, status, shared: hasEvidence(device) },
      });
    }
  }
  return others;
}

/** Brings the rows of these names to what identity and presence say now, counts included. */
export async function refreshFleet(
  session: SqlSession,
  keys: readonly string[],
  place: Place,
  born: Born = new Map(),
): Promise<void> {
  const changes = new FleetChanges();
  const left = [...keys, ...(await placeBorn(session, place, changes, born))];
  const now = await loadAsTheyAre(session, left, place);
  const before = await loadAsTheyStand(session, left, place);
  for (const key of left) changes.move(key, before.get(key) ?? null, now.get(key) ?? null);
  await changes.write(session, place);
}
