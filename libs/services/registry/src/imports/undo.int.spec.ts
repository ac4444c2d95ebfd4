import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlannedRow } from '@tallystick/application';
import { unpackPlan } from '@tallystick/application';
import { createEventStore } from '@tallystick/event-store';
import { specDatabase } from '@tallystick/event-store/testing';
import type { ImportJob } from '@tallystick/ports';
import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  CONTEXT,
  eventsOf,
  shareImports,
  startImportProcess,
  type Death,
  type SharedImports,
} from './import-process.builder.ts';

const ROWS = 600;
const LEASE_MS = 10_000;
const WAIT_MS = 20_000;

const UNDO_DEATHS: readonly Death[] = [
  ...([1, 2, 3, 4] as const).flatMap((nth) => [
    { at: 'write', nth, when: 'before' } as const,
    { at: 'write', nth, when: 'after' } as const,
  ]),
  ...([1, 2, 3] as const).flatMap((nth) => [
    { at: 'append', nth, when: 'before' } as const,
    { at: 'append', nth, when: 'after' } as const,
  ]),
];

describe.each(['SQLite', 'PostgreSQL'] as const)('an undo on %s', (kind) => {
  const database = specDatabase(inject('databaseUrl'), 'undo');
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-undo-'));
  let shared: SharedImports;
  /** Where the store ended before the test. */
  let since = 0;
  let names = 0;

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

  type Process = ReturnType<typeof startImportProcess>;

  /** A job of so many rows; the first is activated, and the second's id was given. */
  async function imported(process: Process): Promise<{ name: string; job: ImportJob }> {
    const name = `u${(names += 1)}`;
    const rows = Array.from({ length: ROWS }, (_, at) =>
      at === 1 ? `${name}-1,${name}-id` : `${name}-${at},`,
    );
    const answer = await process.run(`deviceKey,deviceId\n${rows.join('\n')}\n`);
    if (!answer.ok) throw new Error(answer.error.code);
    const { job } = answer.value;
    const [first] = await rowsOf(process, job);
    const deviceId = first !== undefined && first.state !== 'refused' ? first.deviceId : '';
    await activate(process, `${name}-0`, deviceId);
    return { name, job };
  }
  const activate = (process: Process, deviceKey: string, deviceId: string) =>
    process.handlers.devices.activate(
      { productKey: 'pk', deviceKey },
      {
        ...{ deviceId, generation: 1, method: 'static', dialect: 'alibaba', clientId: 'c' },
        ...{ gatewayId: 'gw', secretVersion: 1, unit: null, at: shared.clock.now() },
      },
      CONTEXT,
    );
  const rowsOf = async ({ jobs }: Process, { jobId }: ImportJob): Promise<PlannedRow[]> => {
    const chunks = await jobs.chunks(jobId, { fromN: 0, limit: 10 });
    return chunks.flatMap(({ packed }) => [...unpackPlan(packed).rows]);
  };
  const deleted = async (name: string) => {
    const events = await eventsOf(shared, 'DeviceDeleted', since);
    return events.filter(({ data }) => String(data['deviceKey']).startsWith(`${name}-`));
  };
  const undoneOf = async (jobId: string) => {
    const events = await eventsOf(shared, 'ImportUndone', since);
    return events.filter(({ data }) => data['jobId'] === jobId).map(({ data }) => data);
  };

  it('deletes each device that was not activated, keeps and names the others, and frees ids', async () => {
    const process = startImportProcess(shared);
    const { name, job } = await imported(process);
    const after = await process.imports.undo(job, CONTEXT, WAIT_MS);
    expect(after).toMatchObject({ state: 'undone', rows: ROWS, accepted: ROWS });
    const rows = await rowsOf(process, job);
    expect(rows[0]).toMatchObject({ state: 'kept', deviceKey: `${name}-0` });
    expect(rows.slice(1).every(({ state }) => state === 'undone')).toBe(true);
    const events = await deleted(name);
    expect(events).toHaveLength(ROWS - 1);
    expect(new Set(events.map(({ meta }) => meta.causationId))).toEqual(new Set([job.jobId]));
    expect(await undoneOf(job.jobId)).toEqual([{ jobId: job.jobId, undone: ROWS - 1, kept: 1 }]);
    const again = await process.run(`deviceKey,deviceId\n${name}-1,${name}-id\n`);
    expect(again).toMatchObject({ value: { job: { accepted: 1 } } });
  });

  it('given it is undone already, or registered nothing, then nothing is done', async () => {
    const process = startImportProcess(shared);
    const { name, job } = await imported(process);
    const after = await process.imports.undo(job, CONTEXT, WAIT_MS);
    expect(await process.imports.undo(after, CONTEXT, WAIT_MS)).toEqual(after);
    const dry = await process.run(`deviceKey\n${name}-dry\n`, { dryRun: true });
    if (!dry.ok) throw new Error(dry.error.code);
    expect(await process.imports.undo(dry.value.job, CONTEXT, WAIT_MS)).toEqual(dry.value.job);
  });

  it('given the same upload again, then it is answered with the position that the first was', async () => {
    const process = startImportProcess(shared);
    const name = `u${(names += 1)}`;
    const upload = () => process.run(`deviceKey\n${name}\n`, { key: name });
    const first = await upload();
    if (!first.ok) throw new Error(first.error.code);
    const { job, position } = first.value;
    await process.imports.undo(job, CONTEXT, WAIT_MS);
    const { jobId } = job;
    expect(await upload()).toMatchObject({ value: { job: { jobId, state: 'undone' }, position } });
  });

  it('given devices that are gone or live again, then they are not touched', async () => {
    const process = startImportProcess(shared);
    const { name, job } = await imported(process);
    const ref = { productKey: 'pk', deviceKey: `${name}-7` };
    await process.handlers.devices.remove(ref, CONTEXT);
    await process.handlers.devices.remove({ ...ref, deviceKey: `${name}-8` }, CONTEXT);
    await process.handlers.devices.register({ ...ref, origin: 'api' }, CONTEXT);
    await process.imports.undo(job, CONTEXT, WAIT_MS);
    expect(await undoneOf(job.jobId)).toEqual([{ jobId: job.jobId, undone: ROWS - 1, kept: 1 }]);
    const { state } = await process.handlers.loading.device('default', 'pk', `${name}-7`);
    expect(state).toMatchObject({ status: 'live', generation: 2 });
  });

  it('given devices that were changed or activated meanwhile, then each is decided as it is', async () => {
    const process = startImportProcess(shared);
    const { name, job } = await imported(process);
    const [, , row] = await rowsOf(process, job);
    const deviceId = row !== undefined && row.state !== 'refused' ? row.deviceId : '';
    const ref = { productKey: 'pk', deviceKey: `${name}-550` };
    await process.handlers.devices.disable(ref, { reason: null }, CONTEXT);
    const [after] = await Promise.all([
      process.imports.undo(job, CONTEXT, WAIT_MS),
      activate(process, `${name}-2`, deviceId),
    ]);
    expect(after.state).toBe('undone');
    const [, , raced] = await rowsOf(process, job);
    const { state } = await process.handlers.loading.device('default', 'pk', `${name}-2`);
    expect(raced?.state).toBe(state.status === 'live' ? 'kept' : 'undone');
    expect((await process.handlers.loading.device('default', 'pk', `${name}-550`)).state).toEqual({
      ...{ status: 'absent', tenant: 'default', generation: 1 },
    });
  });

  it('given an upload that still runs, then it is ended, and nothing of it is registered later', async () => {
    const process = startImportProcess(shared);
    const name = `u${(names += 1)}`;
    const stopped = startImportProcess(shared, { at: 'write', nth: 2, when: 'after' });
    const rows = Array.from({ length: 1_500 }, (_, at) => `${name}-${at}`);
    const file = `deviceKey\n${rows.join('\n')}\n`;
    const upload = stopped.run(file, { key: name });
    await expect(upload).rejects.toThrow();
    const [job] = await process.sweeps.left(shared.clock.now() + LEASE_MS);
    if (job === undefined) throw new Error('no job was left');
    const after = await process.imports.undo(job, CONTEXT, WAIT_MS);
    expect(after).toMatchObject({ state: 'undone', rows: 500, accepted: 500 });
    expect(await deleted(name)).toHaveLength(500);
    const again = await process.run(file, { key: name });
    expect(again).toMatchObject({ value: { job: { jobId: job.jobId, state: 'undone' } } });
    const events = await eventsOf(shared, 'DeviceRegistered', since);
    const own = events.filter(({ data }) => String(data['deviceKey']).startsWith(`${name}-`));
    expect(own).toHaveLength(500);
  });

  it.each(UNDO_DEATHS)(
    'given its process dies $when $at $nth, then a sweep goes on with it',
    async (death) => {
      const process = startImportProcess(shared);
      const { name, job } = await imported(process);
      const dying = startImportProcess(shared, death);
      dying.imports.undo(job, CONTEXT, WAIT_MS).catch(() => undefined);
      await dying.died;
      shared.clock.advance(LEASE_MS);
      await process.sweep();
      expect(await process.jobs.find(job.jobId)).toMatchObject({ state: 'undone', undoing: false });
      expect(await deleted(name)).toHaveLength(ROWS - 1);
      expect(await undoneOf(job.jobId)).toEqual([{ jobId: job.jobId, undone: ROWS - 1, kept: 1 }]);
    },
    30_000,
  );
});
