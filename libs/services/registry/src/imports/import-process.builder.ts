import {
  createDistributionSealer,
  createIdentityHandlers,
  createSecretVault,
  parseGatewayKeys,
  parseKeyRing,
  type CallContext,
  type DeviceQuota,
  type Imported,
  type ImportInput,
  type ImportRefusal,
} from '@tallystick/application';
import type { OpenedEventStore } from '@tallystick/event-store';
import type { Result } from '@tallystick/kernel';
import type { Clock, EventStore, ImportJobs, StoredEvent } from '@tallystick/ports';
import { newGatewayKeys, newKeyRing, systemClock, systemIds } from '@tallystick/services-edge';
import { createJobTables } from './job-tables.ts';
import { createSqlImportJobs } from './sql-import-jobs.ts';
import { createSqlJobSweeps } from './sql-job-sweeps.ts';

/** For specs: what every process on one database shares. */
export interface SharedImports {
  readonly opened: OpenedEventStore;
  readonly clock: Clock & { advance(ms: number): void };
  readonly keys: ReturnType<typeof newKeys>;
}

function newKeys() {
  const ring = parseKeyRing(newKeyRing(new Date()));
  const epochs = parseGatewayKeys(newGatewayKeys());
  if (!ring.ok || !epochs.ok) throw new Error('no keys');
  return { keyRing: ring.value, epochKey: epochs.value[0] };
}

export async function shareImports(opened: OpenedEventStore): Promise<SharedImports> {
  await createJobTables(opened.db);
  let ahead = 0;
  const clock = {
    now: () => systemClock.now() + ahead,
    monotonicMs: () => systemClock.monotonicMs() + ahead,
    advance: (ms: number) => void (ahead += ms),
  };
  return { opened, clock, keys: newKeys() };
}

/** Where a process may die: before or after its n-th write of a job, or append, from 1. */
export interface Death {
  readonly at: 'write' | 'append';
  readonly nth: number;
  readonly when: 'before' | 'after';
}

class Died extends Error {}

/** Calls `work`, and dies around the call that was chosen; a dead process does nothing more. */
function createMortality(death: Death | null) {
  const died = Promise.withResolvers<void>();
  let dead = false;
  const counts = { write: 0, append: 0 };
  const die = (): never => {
    dead = true;
    died.resolve();
    throw new Died();
  };
  const call = async <T>(at: Death['at'], work: () => Promise<T>): Promise<T> => {
    counts[at] += 1;
    const now = death?.at === at && death.nth === counts[at];
    if (dead || (now && death.when === 'before')) die();
    const done = await work();
    return dead || now ? die() : done;
  };
  return { call, died: died.promise };
}

export const CONTEXT: CallContext = {
  tenant: 'default',
  actor: 'token:factory',
  correlationId: 'c-1',
};

export async function* bodyOf(text: string, piece = 65_536): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createMortalParts(
  { opened, clock, keys }: SharedImports,
  death: Death | null,
  quota: DeviceQuota | null,
) {
  const { call, died } = createMortality(death);
  const store: EventStore = {
    append: (batch) => call('append', () => opened.store.append(batch)),
    readStream: (...asked) => opened.store.readStream(...asked),
    readAll: (options) => opened.store.readAll(options),
    head: () => opened.store.head(),
    waitBeyond: (...asked) => opened.store.waitBeyond(...asked),
    close: () => Promise.resolve(),
  };
  const sql = createSqlImportJobs(opened.db);
  const jobs: ImportJobs = {
    ...sql,
    write: (fence, what) => call('write', () => sql.write(fence, what)),
  };
  const handlers = createIdentityHandlers({
    ...{ store, idempotency: opened.idempotency, ids: systemIds, clock, quota },
    vault: createSecretVault({
      ...{ store: opened.secrets, keyRing: keys.keyRing, ids: systemIds, clock },
    }),
    sealer: createDistributionSealer({ epochKey: keys.epochKey, ids: systemIds }),
    pause: turn,
  });
  return { handlers, jobs, died };
}

/** One process that imports, undoes and sweeps. */
export function startImportProcess(
  shared: SharedImports,
  death: Death | null = null,
  quota: DeviceQuota | null = null,
) {
  const { opened, clock } = shared;
  const { handlers, jobs, died } = createMortalParts(shared, death, quota);
  const beats = new Set<() => Promise<void>>();
  const every = (_: number, beat: () => Promise<void>) => {
    beats.add(beat);
    return () => void beats.delete(beat);
  };
  const imports = handlers.importing({ jobs, ends: opened.ends, every, turn });
  const sweeps = createSqlJobSweeps(opened.db);

  function run(
    file: string,
    { key, ...more }: Partial<ImportInput> & { readonly key?: string } = {},
  ): Promise<Result<Imported, ImportRefusal>> {
    const idempotency = { key: `default/factory/${key}`, request: 'POST import' };
    const context = key === undefined ? CONTEXT : { ...CONTEXT, idempotency };
    const input = { format: 'csv', productKey: 'pk', dryRun: false, body: bodyOf(file) } as const;
    return imports.run({ ...input, ...more }, context);
  }

  return {
    ...{ handlers, imports, jobs, sweeps, run, died },
    /** What it does every few seconds while it works. */
    beat: () => Promise.all([...beats].map((one) => one())),
    sweep: async () => {
      for (const job of await sweeps.left(clock.now())) await imports.resume(job);
    },
  };
}

/** Every event of that type since a position of the store. */
export async function eventsOf(
  { opened }: SharedImports,
  type: string,
  since = 0,
): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = [];
  for (let after = since; ;) {
    const page = await opened.store.readAll({ after, limit: 5_000, types: [type] });
    found.push(...page.events);
    if (page.through >= page.head) return found;
    after = page.through;
  }
}
