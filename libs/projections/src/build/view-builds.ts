import { PortError } from '@tallystick/kernel';
import type { EventStore, Ids, LogReader, SqlDatabase, SqlSession } from '@tallystick/ports';
import { lockFleet } from '../fleet/refresh-fleet.ts';
import { lockPositions, readFollowing, type Positions } from '../runner/checkpoints.ts';
import type { StartedCheck } from '../runner/view-runner.types.ts';
import type { IdentityView } from '../views/view.types.ts';
import { dropBeside, emptyBeside } from './beside.ts';
import { buildBeside, type BuildParts } from './build-beside.ts';
import { BEAT_MS, Checks, type Check, type CheckedView, type CheckKind } from './checks.ts';

export interface ViewBuildsDeps {
  readonly db: SqlDatabase;
  readonly store: Pick<EventStore, 'head'>;
  readonly log: LogReader;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly views: readonly IdentityView[];
}

/** Any fixed numbers: one build at a time, and none while another takes it over. */
const BUILD_LOCK = 7_455_203;
/** How often it is looked whether a build has lost its process. */
const TIDY_MS = 10_000;

async function lockBuild(
  session: SqlSession,
  dialect: SqlDatabase['dialect'],
  shared: '' | '_shared',
): Promise<void> {
  if (dialect === 'sqlite') return;
  await session.all(`SELECT pg_advisory_xact_lock${shared}(?)`, [BUILD_LOCK]);
}

const nameOf = ({ name }: IdentityView): string => name;

/**
 * Builds views beside those that are asked: to switch to them, or to compare. One at a time in all
 * processes; one whose process has ended is taken over.
 */
export class ViewBuilds {
  readonly #deps: ViewBuildsDeps;
  readonly #checks: Checks;
  #tidying: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  /** What was left of the last one; the next waits until it is gone. */
  #clearing: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(deps: ViewBuildsDeps) {
    this.#deps = deps;
    this.#checks = new Checks(deps.db);
    if (deps.db.dialect === 'sqlite') return;
    this.#tidying = setInterval(() => void this.#tidy().catch(() => undefined), TIDY_MS);
    this.#tidying.unref();
  }

  find(checkId: string): Promise<Check | null> {
    return this.#checks.find(checkId);
  }

  /** Answers with the one that runs, where one does; `asked`: whether it does what was asked. */
  async start(kind: CheckKind, names: readonly string[]): Promise<StartedCheck> {
    const views = this.#deps.views.filter(({ name }) => names.includes(name));
    const { own, check } = await this.#begin(kind, views.map(nameOf));
    const { checkId } = check;
    if (!own) {
      const asked = check.kind === kind && check.names.join() === views.map(nameOf).join();
      return { checkId, asked, done: Promise.resolve(null) };
    }
    const done = this.#run(check, views);
    this.#running = done;
    return { checkId, asked: true, done };
  }

  async #begin(
    kind: CheckKind,
    names: readonly string[],
  ): Promise<{ readonly own: boolean; readonly check: Check }> {
    const { db, store, ids } = this.#deps;
    const head = await store.head();
    const check: Check = {
      ...{ checkId: ids.uuid(), kind, names, state: 'running', position: 0, head, views: [] },
      detail: null,
    };
    return db.write(async (session) => {
      await lockBuild(session, db.dialect, '');
      const running = await this.#checks.running(session);
      if (running !== null) return { own: false, check: running };
      await this.#unfollow(session);
      await this.#checks.begin(session, check);
      return { own: true, check };
    });
  }

  /** Nobody feeds tables beside any more. */
  async #unfollow(session: SqlSession): Promise<Positions> {
    const { db, views } = this.#deps;
    const positions = await lockPositions(session, db.dialect, views.map(nameOf));
    await lockFleet(session);
    await session.run('DELETE FROM view_follows');
    return positions;
  }

  async #run(check: Check, views: readonly IdentityView[]): Promise<Check> {
    let position = 0;
    const parts: BuildParts = {
      ...this.#deps,
      ...{ check, views },
      write: (work) => this.#write(check, work),
      alive: () => this.#alive(),
      moved: (events) => {
        position = Math.min(events, check.head);
      },
    };
    const beating = setInterval(
      () => void this.#checks.beat(check.checkId, position).catch(() => undefined),
      BEAT_MS,
    );
    try {
      await this.#clear(check.checkId);
      return await this.#end(check, 'done', await buildBeside(parts));
    } catch (error) {
      return await this.#end(check, 'failed', [], error);
    } finally {
      clearInterval(beating);
    }
  }

  /** A transaction of the build, unless another process has taken it over. */
  async #write<T>(
    check: Check,
    work: (session: SqlSession, dialect: SqlDatabase['dialect']) => Promise<T>,
  ): Promise<T> {
    const { db } = this.#deps;
    this.#alive();
    return db.write(async (session) => {
      await lockBuild(session, db.dialect, '_shared');
      await this.#checks.stillOwn(session, check.checkId);
      return work(session, db.dialect);
    });
  }

  #alive(): void {
    if (this.#stopped) throw new PortError('closed', 'the views have stopped');
  }

  async #end(
    check: Check,
    state: 'done' | 'failed',
    views: readonly CheckedView[],
    error: unknown = null,
  ): Promise<Check> {
    const position = state === 'done' ? check.head : check.position;
    const detail = error instanceof Error ? error.message : null;
    const ended = { ...check, state, position, views, detail };
    try {
      await this.#write(check, (session) => this.#unfollow(session));
      await this.#checks.end(ended);
      void this.#clear(null).catch(() => undefined);
    } catch {
      // Whoever takes it over, or the next start, tidies up.
    }
    return ended;
  }

  /**
   * Drops what no build needs any more; `own` is the one that asks. Where several processes share
   * the database, under the lock of builds, or it would drop what another has just begun.
   */
  #clear(own: string | null): Promise<void> {
    const { db, views } = this.#deps;
    const drop = (): Promise<void> =>
      db.write(async (session) => {
        await lockBuild(session, db.dialect, '');
        const running = await this.#checks.running(session);
        if (running !== null && running.checkId !== own) return;
        // Where nobody is fed, nobody is waited for.
        const fed = await readFollowing(session);
        if (own === null && fed.size > 0) await this.#unfollow(session);
        await dropBeside(session, db, views);
      });
    const cleared = this.#clearing.then(async () => {
      if (db.dialect === 'sqlite') await emptyBeside(db, views, () => this.#alive());
      await drop();
    });
    this.#clearing = cleared.catch(() => undefined);
    return cleared;
  }

  /** Another process may have ended amid a build. */
  async #tidy(): Promise<void> {
    const { db } = this.#deps;
    const left = await db.read((session) =>
      session.all(
        `SELECT 1 FROM view_follows UNION SELECT 1 FROM view_checks WHERE state = 'running'`,
      ),
    );
    if (left.length > 0) await this.#clear(null);
  }

  /** At the start of a process: what it finds running on a database of its own is dead. */
  async recover(): Promise<void> {
    if (this.#deps.db.dialect === 'sqlite') await this.#checks.endAll();
    await this.#clear(null);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#tidying);
    await this.#running.catch(() => undefined);
    await this.#clearing;
  }
}
