import { isPortError } from '@tallystick/kernel';
import {
  pause,
  type LoggedEvent,
  type LogReader,
  type SqlDatabase,
  type SqlSession,
} from '@tallystick/ports';
import { lockFleet } from '../fleet/refresh-fleet.ts';
import {
  lockPositions,
  readPositions,
  readVersions,
  writeVersions,
  type Positions,
} from '../runner/checkpoints.ts';
import { number } from '../stores/sql/rows.ts';
import type { BuildWrite, IdentityView } from '../views/view.types.ts';
import { analyzeBeside, createBeside, indexesBeside, lockTables, switchTables } from './beside.ts';
import type { Check, CheckedView } from './checks.ts';
import { compareView } from './compare.ts';
import { foldLog } from './fold-log.ts';

export interface BuildParts {
  readonly db: SqlDatabase;
  readonly log: LogReader;
  readonly check: Check;
  readonly views: readonly IdentityView[];
  readonly write: BuildWrite;
  /** Throws once the process is about to end. */
  readonly alive: () => void;
  /** How many events of the log were folded. */
  readonly moved: (events: number) => void;
}

const CATCH_UP = 2_000;
const SWITCH_AGAIN_MS = 100;
const SWITCH_TRIES = 600;
/** Digits that tell the indexes of two builds apart: the last ones of the id are random. */
const MARK_DIGITS = 8;

const namesOf = (views: readonly IdentityView[]): readonly string[] =>
  views.map(({ name }) => name);

/** How far the tables beside have come, by view. */
type Built = Map<string, number>;

/** Fills the tables beside from the log up to a position, and makes their indexes last. */
async function fill(parts: BuildParts, upTo: number): Promise<void> {
  const { db, check, views, write, log, moved } = parts;
  const mark = `_${check.checkId.slice(-MARK_DIGITS)}`;
  const index = async (when?: 'last'): Promise<void> => {
    // One in a transaction: between two of them others have their turn.
    for (const statement of indexesBeside(views, mark, when))
      await write((session) => session.run(statement));
  };
  await write((session) => createBeside(session, db, views, mark));
  await foldLog({ db, log, views, upTo, write, folded: moved });
  await index();
  for (const view of views) await view.complete?.(write);
  await index('last');
  await write((session) => analyzeBeside(session, db, views));
}

const upToOnly = (events: readonly LoggedEvent[], position: number): readonly LoggedEvent[] =>
  events.filter((event) => event.position <= position);

/**
 * Brings a view beside to where it stands, by a page at most. Whoever holds the checkpoint may then
 * say that the next pages feed both.
 */
async function catchUp(
  session: SqlSession,
  { log }: BuildParts,
  view: IdentityView,
  { built, target }: { readonly built: Built; readonly target: number },
): Promise<boolean> {
  const after = built.get(view.name) ?? 0;
  if (after >= target) return after === target;
  const page = await log.readAll(session, { after, limit: CATCH_UP });
  await view.apply(session, upToOnly(page.events, target), '_beside');
  built.set(view.name, Math.min(page.through, target));
  return page.through >= target;
}

/** From here on each page of the log feeds both, in one transaction: they stand at one position. */
async function follow(parts: BuildParts, upTo: number): Promise<void> {
  const { db, views, write } = parts;
  const built: Built = new Map(views.map(({ name }) => [name, upTo]));
  const waiting = new Set(views);
  while (waiting.size > 0)
    for (const view of [...waiting]) {
      // Kept beside, for a transaction may run twice.
      const before = new Map(built);
      const reached = await write(async (session) => {
        built.set(view.name, before.get(view.name) ?? 0);
        const positions = await lockPositions(session, db.dialect, [view.name]);
        await lockFleet(session);
        const target = positions.get(view.name) ?? 0;
        if (!(await catchUp(session, parts, view, { built, target }))) return false;
        await session.run('INSERT INTO view_follows (view) VALUES (?)', [view.name]);
        return true;
      });
      if (reached) waiting.delete(view);
    }
  for (const view of views) await view.reconcile?.(write, '_beside');
}

/** Tried again while others read the tables that are to make room. */
async function untilUnread(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPortError(error, 'unavailable') || tries === SWITCH_TRIES) throw error;
      await pause(SWITCH_AGAIN_MS);
    }
  }
}

/** All in one transaction: the tables, what they are a version of, and how far they have come. */
async function switchOver(
  { db, views, write }: BuildParts,
  prepare: (session: SqlSession, positions: Positions) => Promise<ReadonlyMap<string, number>>,
): Promise<void> {
  await untilUnread(() =>
    write(async (session) => {
      const positions = await lockPositions(session, db.dialect, namesOf(views));
      await lockFleet(session);
      const reached = await prepare(session, positions);
      await lockTables(session, db, views);
      await switchTables(session, db, views);
      await session.run('DELETE FROM view_follows');
      await writeVersions(session, views, reached);
    }),
  );
}

/** One page of the log into the tables beside; answers where it ends, and whether more follow. */
async function applyNext(session: SqlSession, { views, log }: BuildParts, after: number) {
  const page = await log.readAll(session, { after, limit: CATCH_UP });
  for (const view of views) await view.apply(session, page.events, '_beside');
  return page;
}

/** There is nothing to be asked yet: the tables beside become the first ones. */
async function becomeFirst(parts: BuildParts, upTo: number): Promise<void> {
  const { views, write } = parts;
  let reached = upTo;
  for (let more = true; more;) {
    const page = await write((session) => applyNext(session, parts, reached));
    more = page.through < page.head;
    reached = page.through;
  }
  await switchOver(parts, async (session) => {
    let page = await applyNext(session, parts, reached);
    while (page.through < page.head) page = await applyNext(session, parts, page.through);
    return new Map(views.map(({ name }) => [name, page.through]));
  });
  for (const view of views) await view.reconcile?.(write, '');
}

async function countRows(db: SqlDatabase, { name, tables }: IdentityView): Promise<CheckedView> {
  const [row] = await db.read((session) =>
    session.all(`SELECT COUNT(*) AS n FROM ${tables[0]?.name ?? name}`),
  );
  const rows = row === undefined ? 0 : number(row, 'n');
  return { view: name, equal: true, rows, difference: null };
}

/** Whether the tables of all these views are of this release, and may be asked meanwhile. */
async function areAsked(db: SqlDatabase, views: readonly IdentityView[]): Promise<boolean> {
  const versions = await readVersions(db, namesOf(views));
  return views.every(({ name, version }) => versions.get(name) === version);
}

/** Builds the views beside, and compares them, or switches to them. */
export async function buildBeside(parts: BuildParts): Promise<readonly CheckedView[]> {
  const { db, check, views, alive } = parts;
  const asked = await areAsked(db, views);
  const positions = await readPositions(db, namesOf(views));
  const least = Math.min(...namesOf(views).map((name) => positions.get(name) ?? 0));
  const upTo = asked ? least : check.head;
  await fill(parts, upTo);
  if (asked) await follow(parts, upTo);
  const compared: CheckedView[] = [];
  if (check.kind === 'verify')
    for (const view of views) compared.push(await compareView(db, view, alive));
  else if (asked) await switchOver(parts, (_, reached) => Promise.resolve(reached));
  else await becomeFirst(parts, upTo);
  if (check.kind === 'verify') return compared;
  return Promise.all(views.map((view) => countRows(db, view)));
}
