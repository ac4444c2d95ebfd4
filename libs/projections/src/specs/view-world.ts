import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import type { LogReader } from '@tallystick/ports';
import { inject } from 'vitest';
import { specDatabase } from '@tallystick/event-store/testing';
import { createBusProjector, type BusProjector } from '../bus/bus-projector.ts';
import { createDecisionsView } from '../decisions/decisions.view.ts';
import { presenceView } from '../presence/presence.view.ts';
import { createIdentityQueries } from '../queries/identity-queries.ts';
import type { IdentityQueries } from '../queries/queries.types.ts';
import { createViewRunner } from '../runner/view-runner.ts';
import type { ViewRunner } from '../runner/view-runner.types.ts';
import { identityViews } from '../views/identity-views.ts';
import { IdentityLog } from './identity-log.builder.ts';

export type Dialect = 'sqlite' | 'postgres';

/** One registry process. */
export interface ViewProcess extends Omit<OpenedEventStore, 'log'> {
  readonly reader: LogReader;
  readonly runner: ViewRunner;
  readonly presence: BusProjector;
  readonly decisions: BusProjector;
  readonly queries: IdentityQueries;
}

export interface ViewWorld extends ViewProcess {
  readonly log: IdentityLog;
  /** Another process; on SQLite, which has one, another runner in it. */
  second(): Promise<ViewProcess>;
  /** Builds a view beside, and switches to it. */
  rebuild(view: string): Promise<void>;
  /** Waits until the views hold everything that was appended. */
  settled(): Promise<void>;
  dump(): Promise<unknown>;
  end(): Promise<void>;
}

const TABLES = {
  products: 'product_key',
  devices: 'name_key',
  device_tags: 'name_key, name',
  waiting_units: 'name_key, client_id',
  fleet: 'name_key',
  product_counts: 'tenant',
};
/** Of several processes no two ids are the same. */
export const RANDOM_IDS = { uuid: (): string => randomUUID() };
const DEADLINE_MS = 20_000;
/** The clock of the decisions. */
export const DECISIONS_NOW = Date.UTC(2026, 0, 2);

async function startProcess(opened: OpenedEventStore): Promise<ViewProcess> {
  const { store, db, log: reader } = opened;
  // Both at once: the tables are made by whoever comes first.
  const [runner, presence, decisions] = await Promise.all([
    createViewRunner({ store, db, log: reader, ids: RANDOM_IDS, views: identityViews }),
    createBusProjector({ db, view: presenceView }),
    createBusProjector({ db, view: createDecisionsView(() => DECISIONS_NOW) }),
  ]);
  return { ...opened, reader, runner, presence, decisions, queries: createIdentityQueries(db) };
}

interface Database {
  open(): Promise<OpenedEventStore>;
  drop(): Promise<void>;
}

function sqlite(): Database {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-views-'));
  return {
    open: () => createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') }),
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function postgres(): Promise<Database> {
  const database = specDatabase(inject('databaseUrl'), 'views');
  await database.create();
  return {
    open: () => createEventStore({ databaseUrl: database.url, file: '' }),
    drop: () => database.drop(),
  };
}

export async function rebuildBy(runner: ViewRunner, view: string): Promise<void> {
  const ended = await (await runner.check('rebuild', [view])).done;
  if (ended?.state !== 'done') throw new Error(ended?.detail ?? 'another build runs');
}

export async function openWorld(dialect: Dialect): Promise<ViewWorld> {
  const database = dialect === 'sqlite' ? sqlite() : await postgres();
  const first = await startProcess(await database.open());
  const processes = [first];
  return {
    ...first,
    log: new IdentityLog(first.store),
    second: async () => {
      const { reader, ...rest } = first;
      const opened = dialect === 'sqlite' ? { ...rest, log: reader } : await database.open();
      const process = await startProcess(opened);
      processes.push(process);
      return process;
    },
    rebuild: (view) => rebuildBy(first.runner, view),
    settled: async () => {
      const head = await first.store.head();
      const there = await Promise.all(
        processes.map(({ runner }) => runner.waitFor(head, DEADLINE_MS)),
      );
      if (there.includes(false)) throw new Error('the views have not caught up');
    },
    dump: () =>
      first.db.read(async (session) => {
        const found: unknown[] = [];
        for (const [table, order] of Object.entries(TABLES))
          found.push(await session.all(`SELECT * FROM ${table} ORDER BY ${order}`));
        return found;
      }),
    end: async () => {
      await Promise.all(processes.map(({ runner }) => runner.stop()));
      for (const opened of new Set(processes.map(({ close }) => close))) await opened();
      await database.drop();
    },
  };
}
