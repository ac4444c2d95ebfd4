import type { SqlDatabase, SqlSession, SqlValue } from '@tallystick/ports';
import { text } from '../stores/sql/rows.ts';
import type { BuildWrite, Place } from '../views/view.types.ts';
import { insertNew } from '../stores/sql/statements.ts';
import { FleetCounts } from './fleet-counts.ts';
import type { Status } from './fleet-row.ts';
import { fleetAt } from './fleet.tables.ts';
import { lockFleet, refreshFleet } from './refresh-fleet.ts';

/** Rows of one transaction: the database does other work between two of them. */
const CHUNK = 20_000;
/** Those that are looked at one by one. */
const FEW = 2_000;

/** The part of the order of name keys that one transaction is about; null: to the end. */
interface Chunk {
  readonly after: string;
  readonly through: string | null;
}

async function chunkAfter(session: SqlSession, place: Place, after: string): Promise<Chunk> {
  const [row] = await session.all(
    `SELECT name_key FROM devices${place} WHERE name_key > ? ORDER BY name_key LIMIT 1 OFFSET ?`,
    [after, CHUNK - 1],
  );
  return { after, through: row === undefined ? null : text(row, 'name_key') };
}

const within = ({ after, through }: Chunk, column: string): readonly [string, string[]] =>
  through === null
    ? [`${column} > ?`, [after]]
    : [`${column} > ? AND ${column} <= ?`, [after, through]];

const STATUS = `CASE WHEN d.lifecycle <> 'active' THEN d.lifecycle WHEN p.online = 1 THEN 'online' ELSE 'offline' END`;
const joined = (place: Place): string =>
  `devices${place} d LEFT JOIN presence p ON p.name_key = d.name_key AND p.generation = d.generation`;

/** Of how many ClientIDs a name is takes a closer look: `reconcileFleet` has it. */
async function fill(
  session: SqlSession,
  chunk: Chunk,
  dialect: SqlDatabase['dialect'],
): Promise<void> {
  await lockFleet(session);
  const [part, keys] = within(chunk, 'd.name_key');
  const found = await session.all(
    `SELECT d.name_key AS name_key, d.tenant AS tenant, ${STATUS} AS status, d.evidence AS evidence
     FROM ${joined('_beside')} WHERE ${part} ORDER BY d.name_key`,
    keys,
  );
  const counts = new FleetCounts();
  const rows = found.map((row): SqlValue[] => {
    const [key, tenant, shared] = [text(row, 'name_key'), text(row, 'tenant'), row['evidence']];
    // As the statement above makes it.
    const status = text(row, 'status') as Status;
    counts.move(key, null, { tenant, status, shared: shared === 1 });
    return [key, tenant, status, shared ?? 0];
  });
  await insertNew(session, dialect, fleetAt('_beside'), rows);
  await counts.write(session, '_beside');
}

async function eachChunk(
  write: BuildWrite,
  place: Place,
  work: (session: SqlSession, chunk: Chunk, dialect: SqlDatabase['dialect']) => Promise<void>,
): Promise<void> {
  for (let after: string | null = ''; after !== null;) {
    const from: string = after;
    after = await write(async (session, dialect) => {
      const chunk = await chunkAfter(session, place, from);
      await work(session, chunk, dialect);
      return chunk.through;
    });
  }
}

/** A row for each device that is built beside, as identity and presence say now. */
export async function fillFleet(write: BuildWrite): Promise<void> {
  await eachChunk(write, '_beside', fill);
}

/** Rows that presence has left behind, that several units may use, or that are not there yet. */
const left = (place: Place): string => `SELECT d.name_key AS name_key
  FROM ${joined(place)} LEFT JOIN fleet${place} f ON f.name_key = d.name_key
  WHERE (f.status IS NULL OR f.status <> ${STATUS} OR d.units + COALESCE(p.client_ids, 0) > 1)`;

/** Presence has gone on while the rows were filled; by now it feeds them itself. */
export async function reconcileFleet(write: BuildWrite, place: Place): Promise<void> {
  await eachChunk(write, place, async (session, chunk) => {
    await lockFleet(session);
    const [part, keys] = within(chunk, 'd.name_key');
    const rows = await session.all(`${left(place)} AND ${part} ORDER BY d.name_key`, keys);
    const names = rows.map((row) => text(row, 'name_key'));
    for (let at = 0; at < names.length; at += FEW)
      await refreshFleet(session, names.slice(at, at + FEW), place);
  });
}
