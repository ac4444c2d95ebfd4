import { PortError } from '@tallystick/kernel';
import { pause, type EventStore, type SqlDatabase } from '@tallystick/ports';
import { createTables } from '../stores/sql/create-tables.ts';
import { tableSetOf } from '../stores/sql/view-tables.ts';
import { presenceTables } from '../presence/presence.tables.ts';
import type { IdentityView } from '../views/view.types.ts';
import { applyPage } from './apply-page.ts';
import { lockPositions, readPositions, writePosition, type Positions } from './checkpoints.ts';
import { PositionWaits } from './position-waits.ts';
import type { ViewRunner, ViewRunnerDeps } from './view-runner.types.ts';

const PAGE = 500;
const IDLE_MS = 5_000;
const RETRY_MS = 250;
/** Waits of a rebuild are cut into pieces of this length, so that a stop is seen. */
const REBUILD_WAIT_MS = 1_000;

class FollowingRunner implements ViewRunner {
  readonly #store: EventStore;
  readonly #db: SqlDatabase;
  readonly #views: readonly IdentityView[];
  readonly #onError: (error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #waits = new PositionWaits();
  /** Replaced by a rebuild, to wake the follower. */
  #nudge = new AbortController();
  readonly #done: Promise<void>;

  constructor({ store, db, views, onError }: ViewRunnerDeps) {
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
    const signal = AbortSignal.any([this.#stopping.signal, this.#nudge.signal]);
    await this.#store.waitBeyond(after, IDLE_MS, signal);
    // That another process rebuilds a view, or that the database was put back to an earlier state,
    // shows in the checkpoints alone.
    if (this.#stopping.signal.aborted) return;
    if (this.#nudge.signal.aborted) this.#nudge = new AbortController();
    this.#moved(await readPositions(this.#db, this.#names()));
  }

  #names(): readonly string[] {
    return this.#views.map(({ name }) => name);
  }

  /** The position of the runner is the lowest of its views. */
  #moved(positions: Positions): void {
    this.#waits.moveTo(Math.min(...this.#views.map(({ name }) => positions.get(name) ?? 0)));
  }

  async rebuild(viewName: string): Promise<void> {
    const view = this.#views.find(({ name }) => name === viewName);
    if (view === undefined) throw new Error(`there is no view ${viewName}`);
    const head = await this.#store.head();
    await this.#db.write(async (session) => {
      await lockPositions(session, this.#db.dialect, this.#names());
      for (const table of view.tables) await session.run(`DELETE FROM ${table.name}`);
      await writePosition(session, [view.name], 0);
    });
    this.#waits.moveTo(0);
    this.#nudge.abort();
    for (;;) {
      if (this.#stopping.signal.aborted) throw new PortError('closed', 'the views have stopped');
      const at = await readPositions(this.#db, [viewName]);
      if ((at.get(viewName) ?? 0) >= head) return;
      await this.#waits.until(head, REBUILD_WAIT_MS);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waits.endAll();
    await this.#done;
  }
}

/**
 * Makes the views' tables and follows the store. Every process that shares the database may run
 * one.
 */
export async function createViewRunner(deps: ViewRunnerDeps): Promise<ViewRunner> {
  await createTables(deps.db, [presenceTables, ...deps.views.map(tableSetOf)]);
  return new FollowingRunner(deps);
}
