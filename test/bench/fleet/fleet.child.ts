// Holds a fleet in a database, and is asked for its views.
import { statSync } from 'node:fs';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import {
  createBusProjector,
  createIdentityQueries,
  createViewRunner,
  identityViews,
  presenceView,
  type ViewRunner,
} from '@tallystick/projections';
import type { SqlRow, SqlValue } from '@tallystick/ports';
import { pause } from '@tallystick/ports';
import { systemIds } from '@tallystick/services-edge';
import { ownAnonymousBytes } from '../../stack/proc.ts';
import { answerQuestions } from '../parts/answer.ts';
import { writeFleetLog, writeFleetPresence, type FleetShape } from './fleet-log.ts';
import type { Database, FleetAnswer, FleetQuestion } from './fleet.types.ts';
import { listCases } from './list-cases.ts';

const PRODUCTS = 20;
const PAGE = 100;
const ROWS = 4_000;
const PER_STATEMENT = 100;
const NOTHING: FleetAnswer = {
  ...{ events: 0, seconds: 0, list: [], search: [], bare: [], slowest: '' },
  ...{ privateBytes: 0, mostBytes: 0, diskBytes: 0 },
};

interface Fleet {
  readonly opened: OpenedEventStore;
  readonly runner: ViewRunner;
  readonly shape: FleetShape;
  readonly events: number;
  readonly file: string | null;
  /** Before there was a device. */
  readonly bytesBefore: number;
}

let held: Fleet | null = null;

function fleet(): Fleet {
  if (held === null) throw new Error('there is no fleet yet');
  return held;
}

async function collected(): Promise<number> {
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await pause(100);
  }
  return ownAnonymousBytes();
}

async function diskBytes(opened: OpenedEventStore, file: string | null): Promise<number> {
  const bytesOf = (path: string): number =>
    (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  if (file !== null) return bytesOf(file) + bytesOf(`${file}-wal`);
  const [row] = await opened.db.read((session) =>
    session.all('SELECT pg_database_size(current_database()) AS bytes'),
  );
  return Number(row?.['bytes']);
}

/** The views are built as at the start of a new release: there is a log, and no view. */
async function fill(database: Database, devices: number): Promise<FleetAnswer> {
  const opened = await createEventStore(database);
  const { db, store, log } = opened;
  const shape = { devices, products: PRODUCTS };
  await createBusProjector({ db, view: presenceView });
  const bytesBefore = await collected();
  const events = await writeFleetLog(db, shape);
  await writeFleetPresence(db, shape);
  const file = database.databaseUrl === null ? database.file : null;
  const logBytes = await diskBytes(opened, file);
  const start = performance.now();
  const runner = await createViewRunner({ store, db, log, ids: systemIds, views: identityViews });
  const seconds = (performance.now() - start) / 1000;
  held = { opened, runner, shape, events, file, bytesBefore };
  return { ...NOTHING, events, seconds, diskBytes: logBytes };
}

async function rebuild({ runner, events }: Fleet): Promise<FleetAnswer> {
  const names = identityViews.map(({ name }) => name);
  const start = performance.now();
  const ended = await (await runner.check('rebuild', names)).done;
  if (ended?.state !== 'done') throw new Error(ended?.detail ?? 'another build runs');
  const mostBytes = process.resourceUsage().maxRSS * 1024;
  return { ...NOTHING, events, seconds: (performance.now() - start) / 1000, mostBytes };
}

const marks = (count: number, part: string): string =>
  Array.from({ length: count }, () => part).join(',');

async function insert({ opened }: Fleet, table: string, rows: readonly SqlRow[]): Promise<void> {
  await opened.db.write(async (session) => {
    for (let at = 0; at < rows.length; at += PER_STATEMENT) {
      const some = rows.slice(at, at + PER_STATEMENT);
      const columns = Object.keys(some[0] ?? {});
      const row = `(${marks(columns.length, '?')})`;
      const values = some.flatMap((one) => columns.map((column): SqlValue => one[column] ?? null));
      const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${marks(some.length, row)}`;
      await session.run(sql, values);
    }
  });
}

/** Reads the rows of each view, writes them bare in the order of their keys, and indexes them. */
async function bareRows(from: Fleet): Promise<FleetAnswer> {
  const { db } = from.opened;
  const key = db.dialect === 'postgres' ? 'TEXT COLLATE "C"' : 'TEXT';
  const start = performance.now();
  for (const table of identityViews.flatMap(({ tables }) => tables)) {
    const bare = `bare_${table.name}`;
    const columns = table.columns.replaceAll('?KEY', key);
    await db.write((session) => session.run(`CREATE TABLE ${bare} (${columns})`));
    const keys = table.key.split(', ');
    for (let after: readonly SqlValue[] = []; ;) {
      const where = after.length === 0 ? '' : `WHERE (${table.key}) > (${marks(keys.length, '?')})`;
      const sql = `SELECT * FROM ${table.name} ${where} ORDER BY ${table.key} LIMIT ${ROWS}`;
      const rows = await db.read((session) => session.all(sql, after));
      await insert(from, bare, rows);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) break;
      after = keys.map((column) => last[column] ?? null);
    }
    const indexes = [`(${table.key})`, ...Object.values(table.indexes ?? {})];
    for (const [nth, on] of indexes.entries())
      await db.write((session) => session.run(`CREATE INDEX ${bare}_${nth} ON ${bare} ${on}`));
  }
  const seconds = (performance.now() - start) / 1000;
  return { ...NOTHING, events: from.events, seconds };
}

async function lists({ opened, shape }: Fleet, turns: number): Promise<FleetAnswer> {
  const { db } = opened;
  const queries = createIdentityQueries(db);
  const times: Record<'list' | 'search' | 'bare', number[]> = { list: [], search: [], bare: [] };
  let slowest = { took: 0, name: '' };
  const bare = 'SELECT * FROM devices WHERE name_key > ? ORDER BY name_key LIMIT ?';
  for (const { kind, name, filter, cursor } of listCases(shape, turns)) {
    const start = performance.now();
    await queries.listDevices(filter, PAGE, cursor);
    const took = performance.now() - start;
    times[kind].push(took);
    if (took > slowest.took) slowest = { took, name };
    const begun = performance.now();
    await db.read((session) => session.all(bare, [filter.productKey ?? '', PAGE]));
    times.bare.push(performance.now() - begun);
  }
  return { ...NOTHING, ...times, slowest: `${slowest.name}: ${slowest.took.toFixed(0)} ms` };
}

async function weight({ opened, file, bytesBefore }: Fleet): Promise<FleetAnswer> {
  const privateBytes = (await collected()) - bytesBefore;
  return { ...NOTHING, privateBytes, diskBytes: await diskBytes(opened, file) };
}

function answer(question: FleetQuestion): Promise<FleetAnswer> {
  switch (question.ask) {
    case 'fill':
      return fill(question.database, question.devices);
    case 'rebuild':
      return rebuild(fleet());
    case 'bare rows':
      return bareRows(fleet());
    case 'lists':
      return lists(fleet(), question.turns);
    case 'weight':
      return weight(fleet());
  }
}

answerQuestions(answer);
