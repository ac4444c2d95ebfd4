import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventStore } from '@tallystick/event-store';
import { specDatabase } from '@tallystick/event-store/testing';
import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import {
  bodyOf,
  CONTEXT,
  eventsOf,
  shareImports,
  startImportProcess,
  type Death,
  type SharedImports,
} from './import-process.builder.ts';

const ROWS = 1_150;
const LEASE_MS = 10_000;

const fileOf = (name: string, rows = ROWS): string =>
  `deviceKey\n${Array.from({ length: rows }, (_, at) => `${name}-${at}\n`).join('')}`;

/** A run writes three plans, what settles the last, and its end; and appends four times. */
const DEATHS: readonly Death[] = [
  ...([1, 2, 3, 4, 5] as const).flatMap((nth) => [
    { at: 'write', nth, when: 'before' } as const,
    { at: 'write', nth, when: 'after' } as const,
  ]),
  ...([1, 2, 3, 4] as const).flatMap((nth) => [
    { at: 'append', nth, when: 'before' } as const,
    { at: 'append', nth, when: 'after' } as const,
  ]),
];

describe.each(['SQLite', 'PostgreSQL'] as const)('imports on %s', (kind) => {
  const database = specDatabase(inject('databaseUrl'), 'once');
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-once-'));
  let shared: SharedImports;
  /** Where the store ended before the test. */
  let since = 0;
  let names = 0;
  const newName = (): string => `f${(names += 1)}`;

  beforeAll(async () => {
    await database.create();
    const databaseUrl = kind === 'SQLite' ? null : database.url;
    shared = await shareImports(
      await createEventStore({ databaseUrl, file: join(folder, 'store.sqlite') }),
    );
    const { handlers } = startImportProcess(shared);
    await handlers.products.create({ productKey: 'pk', name: 'Meters' }, CONTEXT);
  });
  beforeEach(async () => {
    since = await shared.opened.store.head();
  });
  afterAll(async () => {
    await shared.opened.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const jobOf = async (
    imported: Awaited<ReturnType<ReturnType<typeof startImportProcess>['run']>>,
  ) => {
    if (!imported.ok) throw new Error(JSON.stringify(imported.error));
    return shared.opened.db.read(async () => imported.value.job);
  };
  const registered = async (name: string) => {
    const events = await eventsOf(shared, 'DeviceRegistered', since);
    return events.filter(({ data }) => String(data['deviceKey']).startsWith(`${name}-`));
  };

  it.each(DEATHS)(
    'given its process dies $when $at $nth, then the same call ends it, and each row is there once',
    async (death) => {
      const name = newName();
      const file = fileOf(name);
      await expect(startImportProcess(shared, death).run(file, { key: name })).rejects.toThrow();
      shared.clock.advance(LEASE_MS);
      const job = await jobOf(await startImportProcess(shared).run(file, { key: name }));
      expect(job).toMatchObject({ state: 'done', rows: ROWS, accepted: ROWS, refused: 0 });
      const events = await registered(name);
      expect(events).toHaveLength(ROWS);
      expect(new Set(events.map(({ meta }) => meta.causationId))).toEqual(new Set([job.jobId]));
      const secretIds = events.map(({ data }) => String(data['secretId']));
      expect(await shared.opened.secrets.find(secretIds)).toHaveLength(ROWS);
      const finished = await eventsOf(shared, 'ImportFinished', since);
      expect(finished.filter(({ data }) => data['jobId'] === job.jobId)).toHaveLength(1);
    },
    30_000,
  );

  it('given a job that ended, then the same call answers the same job and repeats nothing', async () => {
    const name = newName();
    const { run } = startImportProcess(shared);
    const first = await jobOf(await run(fileOf(name), { key: name }));
    const again = await jobOf(await run(fileOf(name), { key: name }));
    expect(again.jobId).toBe(first.jobId);
    expect(await registered(name)).toHaveLength(ROWS);
  });

  it.each([
    ['another row', (name: string) => fileOf(name).replace(`${name}-750\n`, `${name}-x\n`)],
    ['fewer rows', (name: string) => fileOf(name, 500)],
    ['more rows', (name: string) => fileOf(name, ROWS + 1)],
  ])('given the same key with %s, then it is another request', async (_, other) => {
    const name = newName();
    const { run } = startImportProcess(shared);
    await run(fileOf(name), { key: name });
    expect(await run(other(name), { key: name })).toMatchObject({
      error: { code: 'idempotency-mismatch' },
    });
    expect(await registered(name)).toHaveLength(ROWS);
  });

  it('given a body that breaks off, then the job has failed, its rows stay, and the same call goes on', async () => {
    const name = newName();
    const file = fileOf(name);
    async function* torn(): AsyncGenerator<Uint8Array> {
      yield* bodyOf(file.slice(0, file.indexOf(`${name}-850`) + 3));
      throw new Error('the connection broke');
    }
    const { run, jobs } = startImportProcess(shared);
    await expect(run(file, { key: name, body: torn() })).rejects.toThrow('broke');
    const [{ data } = { data: {} }] = await registered(name);
    expect(data).toMatchObject({ origin: 'import' });
    expect(await registered(name)).toHaveLength(850);
    const job = await jobOf(await run(file, { key: name }));
    expect(job).toMatchObject({ state: 'done', rows: ROWS, accepted: ROWS });
    expect(await jobs.find(job.jobId)).toMatchObject({ state: 'done', rows: ROWS });
    expect(await registered(name)).toHaveLength(ROWS);
  });

  it('given two uploads of one key at once, then one job, and each row once', async () => {
    const name = newName();
    const both = await Promise.all(
      [1, 2].map(() => startImportProcess(shared).run(fileOf(name), { key: name }).then(jobOf)),
    );
    expect(both[0]?.jobId).toBe(both[1]?.jobId);
    expect(await registered(name)).toHaveLength(ROWS);
  });

  it('given a holder that stands still, then another upload takes over, and the first finds it done', async () => {
    const name = newName();
    const file = fileOf(name);
    let goOn = (): void => undefined;
    const still = new Promise<void>((resolve) => (goOn = resolve));
    let stands = (): void => undefined;
    const standing = new Promise<void>((resolve) => (stands = resolve));
    async function* slow(): AsyncGenerator<Uint8Array> {
      const half = file.indexOf(`${name}-600`);
      yield* bodyOf(file.slice(0, half));
      stands();
      await still;
      yield* bodyOf(file.slice(half));
    }
    const first = startImportProcess(shared).run(file, { key: name, body: slow() });
    await standing;
    shared.clock.advance(LEASE_MS);
    const second = await jobOf(await startImportProcess(shared).run(file, { key: name }));
    goOn();
    expect(await jobOf(await first)).toMatchObject({ jobId: second.jobId, state: 'done' });
    expect(await registered(name)).toHaveLength(ROWS);
  });

  it('given an upload that has come to its end beside one that holds the job and breaks off, then it ends the job', async () => {
    const name = newName();
    const file = fileOf(name, 2_000);
    const breaks = Promise.withResolvers<never>();
    const read = Promise.withResolvers<void>();
    async function* open(): AsyncGenerator<Uint8Array> {
      yield* bodyOf(file);
      read.resolve();
      await breaks.promise;
    }
    const holder = startImportProcess(shared);
    const first = holder.run(file, { key: name, body: open() });
    await read.promise;
    await vi.waitUntil(async () => (await registered(name)).length === 2_000, 10_000);
    await holder.beat();
    const { run, jobs } = startImportProcess(shared);
    const second = run(file, { key: name }).then(jobOf);
    // It has every occasion to end beside the first.
    for (let turn = 0; turn < 500; turn += 1) await new Promise(setImmediate);
    breaks.reject(new Error('the connection broke'));
    await expect(first).rejects.toThrow('broke');
    const job = await second;
    expect(job).toMatchObject({ state: 'done', accepted: 2_000 });
    expect(await jobs.find(job.jobId)).toMatchObject({ state: 'done' });
    expect(await registered(name)).toHaveLength(2_000);
  });

  it('given two files that race for the same keys, then each key once, and the other row is refused', async () => {
    const name = newName();
    const { jobs } = startImportProcess(shared);
    const both = await Promise.all(
      [1, 2].map((at) =>
        startImportProcess(shared)
          .run(fileOf(name), { key: `${name}-${at}` })
          .then(jobOf),
      ),
    );
    expect(both[0]?.jobId).not.toBe(both[1]?.jobId);
    expect(await registered(name)).toHaveLength(ROWS);
    const found = await Promise.all(both.map(({ jobId }) => jobs.find(jobId)));
    expect(found.map((job) => job?.rows)).toEqual([ROWS, ROWS]);
    expect(found.reduce((sum, job) => sum + (job?.accepted ?? 0), 0)).toBe(ROWS);
  });

  it('given a dead upload that nobody repeats, then a sweep fails it, with what stands in the store', async () => {
    const name = newName();
    const dying = startImportProcess(shared, { at: 'append', nth: 2, when: 'after' });
    await expect(dying.run(fileOf(name))).rejects.toThrow();
    const { sweep, sweeps, jobs } = startImportProcess(shared);
    await sweep();
    shared.clock.advance(LEASE_MS);
    const [left] = await sweeps.left(shared.clock.now());
    await sweep();
    expect(await jobs.find(left?.jobId ?? '')).toMatchObject({
      ...{ state: 'failed', rows: 1_000, accepted: 1_000 },
    });
    expect(await registered(name)).toHaveLength(1_000);
  });
});
