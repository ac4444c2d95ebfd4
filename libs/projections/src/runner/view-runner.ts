import { PortError } from '@tallystick/kernel';
import { pause, type EventStore, type SqlDatabase } from '@tallystick/ports';
import type { Check, CheckKind } from '../build/checks.ts';
import { ViewBuilds } from '../build/view-builds.ts';
import { presenceTables } from '../presence/presence.tables.ts';
import { createTables } from '../stores/sql/create-tables.ts';
import { number } from '../stores/sql/rows.ts';
import { tableSetOf } from '../stores/sql/view-tables.ts';
import type { IdentityView } from '../views/view.types.ts';
import { applyPage } from './apply-page.ts';
import { readPositions, readVersions, type Positions } from './checkpoints.ts';
import { PositionWaits } from './position-waits.ts';
import type {
  StartedCheck,
  ViewRunner,
  ViewRunnerDeps,
  ViewStanding,
} from './view-runner.types.ts';

const PAGE = 1_000;
const IDLE_MS = 5_000;
const RETRY_MS = 250;

class FollowingRunner implements ViewRunner {
  readonly #store: EventStore;
  readonly #db: SqlDatabase;
  readonly #views: readonly IdentityView[];
  readonly #builds: ViewBuilds;
  readonly #onError: (error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #waits = new PositionWaits();
  readonly #done: Promise<void>;

  constructor({ store, db, views, onError }: ViewRunnerDeps, builds: ViewBuilds) {
    this.#builds = builds;
    this.#store = store;
    this.#db = db;
    this.#views = views;
    this.#onError = onError ?? (() => undefined);
    this.#done = this.#follow();
  }

  position(): number {
    return this.#waits.position;
  }

  waitFor(position: number, timeoutMs: number): Promise<boolean> {
    return this.#waits.until(position, timeoutMs);
  }

  async #follow(): Promise<void> {
    let known = false;
    while (!this.#stopping.signal.aborted) {
      try {
        if (!known) this.#moved(await readPositions(this.#db, this.#names()));
        known = true;
        await this.#step();
      } catch (error) {
        known = false;
        if (this.#stopping.signal.aborted) return;
        this.#onError(error);
        await pause(RETRY_MS, this.#stopping.signal);
      }
    }
  }

  async #step(): Promise<void> {
    const after = this.#waits.position;
    const page = await this.#store.readAll({ after, limit: PAGE });
    if (page.through > after)
      return this.#moved(await applyPage(this.#db, this.#views, after, page));
    await this.#store.waitBeyond(after, IDLE_MS, this.#stopping.signal);
    // That the database was put back to an earlier state shows in the checkpoints alone.
    if (this.#stopping.signal.aborted) return;
    this.#moved(await readPositions(this.#db, this.#names()));
  }

  #names(): readonly string[] {
    return this.#views.map(({ name }) => name);
  }

  /** The position of the runner is the lowest of its views. */
  #moved(positions: Positions): void {
    this.#waits.moveTo(Math.min(...this.#views.map(({ name }) => positions.get(name) ?? 0)));
  }

  list(): Promise<readonly ViewStanding[]> {
    return this.#db.read(async (session) => {
      const standing: ViewStanding[] = [];
      for (const { name, version, tables } of this.#views) {
        const sql = `SELECT position, (SELECT COUNT(*) FROM ${tables[0]?.name ?? name}) AS found
          FROM view_checkpoints WHERE name = ?`;
        const [row = {}] = await session.all(sql, [name]);
        standing.push({
          ...{ view: name, version, position: number(row, 'position') },
          rows: number(row, 'found'),
        });
      }
      return standing;
    });
  }

  check(kind: CheckKind, names: readonly string[]): Promise<StartedCheck> {
    return this.#builds.start(kind, names);
  }

  findCheck(checkId: string): Promise<Check | null> {
    return this.#builds.find(checkId);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waits.endAll();
    await Promise.all([this.#done, this.#builds.stop()]);
  }
}

/** Of another process: it is looked at again. */
const BUILT_ELSEWHERE_MS = 500;

/** Nothing is served of a view before its rows are whole. */
async function buildAbsent(deps: ViewRunnerDeps, builds: ViewBuilds): Promise<void> {
  const { db, store, views, onBuild = () => undefined } = deps;
  for (;;) {
    const versions = await readVersions(
      db,
      views.map(({ name }) => name),
    );
    const absent = views.filter(({ name, version }) => versions.get(name) !== version);
    if (absent.length === 0) return;
    if (absent.every(({ name }) => !versions.has(name)) && (await store.head()) === 0)
      return createTables(db, absent.map(tableSetOf));
    const names = absent.map(({ name }) => name);
    onBuild(names);
    const ended = await (await builds.start('rebuild', names)).done;
    if (ended?.state === 'failed') throw new PortError('unavailable', ended.detail ?? 'no views');
    if (ended === null) await pause(BUILT_ELSEWHERE_MS);
  }
}

/**
 * Makes the views' tables, builds those of another version beside the old ones, and follows the
 * store. Every process that shares the database may run one.
 */
export async function createViewRunner(deps: ViewRunnerDeps): Promise<ViewRunner> {
  await createTables(deps.db, [presenceTables]);
  const builds = new ViewBuilds(deps);
  try {
    await builds.recover();
    await buildAbsent(deps, builds);
  } catch (error) {
    await builds.stop();
    throw error;
  }
  return new FollowingRunner(deps, builds);
}
