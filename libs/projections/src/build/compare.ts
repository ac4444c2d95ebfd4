import type { JsonObject, JsonValue } from '@tallystick/kernel';
import {
  pause,
  type SqlDatabase,
  type SqlRow,
  type SqlSession,
  type SqlValue,
} from '@tallystick/ports';
import type { IdentityView, Place, ViewTable } from '../views/view.types.ts';
import type { CheckedView, Difference } from './checks.ts';
import { firstDifference, withoutSecrets } from './first-difference.ts';

/** Rows of one look: reads come one after another, and none may keep the others waiting. */
const ROWS = 1_000;

interface Compared {
  readonly rows: number;
  readonly difference: Difference | null;
}

const keyOf = (table: ViewTable): readonly string[] => table.key.split(', ');

function placeOf(table: ViewTable, row: SqlRow): readonly SqlValue[] {
  return keyOf(table).map((column) => row[column] ?? null);
}

function compareParts(a: SqlValue, b: SqlValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

/** Keys are compared as the database orders them: texts by their bytes, part by part. */
function isBefore(a: readonly SqlValue[], b: readonly SqlValue[]): boolean {
  for (const [nth, one] of a.entries()) {
    const order = compareParts(one, b[nth] ?? null);
    if (order !== 0) return order < 0;
  }
  return false;
}

async function rowsAfter(
  session: SqlSession,
  table: ViewTable,
  place: Place,
  after: readonly SqlValue[] | null,
): Promise<readonly SqlRow[]> {
  const columns = keyOf(table);
  const marks = columns.map(() => '?').join(', ');
  const from = after === null ? '' : ` AND (${table.key}) > (${marks})`;
  return session.all(
    `SELECT * FROM ${table.name}${place} WHERE NOT (${table.meansNothing ?? '1 = 0'})${from} ORDER BY ${table.key} LIMIT ?`,
    [...(after ?? []), ROWS],
  );
}

function shown(row: SqlRow): JsonObject {
  return Object.fromEntries(
    Object.entries(row).filter(
      (entry): entry is [string, string | number | null] =>
        entry[0] !== 'state' && !(entry[1] instanceof Uint8Array),
    ),
  );
}

function missing(table: ViewTable, inView: SqlRow | null, inLog: SqlRow | null): Difference {
  const row = inView ?? inLog ?? {};
  const toShown = (one: SqlRow | null): JsonValue => (one === null ? null : shown(one));
  const key = placeOf(table, row).join(' ');
  return { key, path: table.name, inView: toShown(inView), inLog: toShown(inLog) };
}

function compareRow(table: ViewTable, inView: SqlRow, inLog: SqlRow): Difference | null {
  for (const column of Object.keys(inLog)) {
    const [a, b] = [inView[column] ?? null, inLog[column] ?? null];
    if (a === b || a instanceof Uint8Array || b instanceof Uint8Array) continue;
    const found = firstDifference(column, a, b);
    if (found === null) continue;
    const key = placeOf(table, inLog).join(' ');
    return { key, ...withoutSecrets({ ...found, path: `${table.name}.${found.path}` }) };
  }
  return null;
}

interface Walk {
  readonly difference: Difference | null;
  /** Where both were compared up to; null: to their ends. */
  readonly through: readonly SqlValue[] | null;
  readonly rows: number;
}

/** Compares two pages that begin at the same place. */
function walk(table: ViewTable, view: readonly SqlRow[], log: readonly SqlRow[]): Walk {
  let through: readonly SqlValue[] | null = null;
  for (let at = 0; at < Math.max(view.length, log.length); at += 1) {
    const [inView = null, inLog = null] = [view[at], log[at]];
    if (inView === null || inLog === null)
      return { difference: missing(table, inView, inLog), through, rows: at };
    const [a, b] = [placeOf(table, inView), placeOf(table, inLog)];
    if (isBefore(a, b)) return { difference: missing(table, inView, null), through, rows: at };
    if (isBefore(b, a)) return { difference: missing(table, null, inLog), through, rows: at };
    const difference = compareRow(table, inView, inLog);
    if (difference !== null) return { difference, through, rows: at };
    through = b;
  }
  return { difference: null, through: log.length < ROWS ? null : through, rows: log.length };
}

async function compareTable(
  db: SqlDatabase,
  table: ViewTable,
  alive: () => void,
): Promise<Compared> {
  let rows = 0;
  for (let after: readonly SqlValue[] | null = null; ;) {
    alive();
    // SQLite answers without a turn of the event loop: others have theirs between two looks.
    await pause(0);
    const from: readonly SqlValue[] | null = after;
    // In one snapshot: both stand at the same position in it.
    const walked: Walk = await db.read(async (session) =>
      walk(
        table,
        await rowsAfter(session, table, '', from),
        await rowsAfter(session, table, '_beside', from),
      ),
    );
    rows += walked.rows;
    if (walked.difference !== null || walked.through === null)
      return { rows, difference: walked.difference };
    after = walked.through;
  }
}

/** Compares a view with what was built beside it, while every page feeds both. */
export async function compareView(
  db: SqlDatabase,
  { name, tables }: IdentityView,
  alive: () => void,
): Promise<CheckedView> {
  let rows = 0;
  for (const [nth, table] of tables.entries()) {
    const compared = await compareTable(db, table, alive);
    if (nth === 0) ({ rows } = compared);
    if (compared.difference !== null)
      return { view: name, equal: false, rows, difference: compared.difference };
  }
  return { view: name, equal: true, rows, difference: null };
}
