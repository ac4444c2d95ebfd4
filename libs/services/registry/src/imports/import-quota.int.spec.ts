import { randomUUID } from 'node:crypto';
import type {} from '@tallystick/test-kit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventStore } from '@tallystick/event-store';
import { specDatabase } from '@tallystick/event-store/testing';
import { createViewRunner, identityViews, type ViewRunner } from '@tallystick/projections';
import { systemIds } from '@tallystick/services-edge';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createDeviceQuota } from '../quotas/device-quota.ts';
import { createPlacesLedger } from '../quotas/places-ledger.ts';
import { ADMIN_TOKEN, startTestRegistry, type TestRegistry } from '../testing/registry.builder.ts';
import {
  CONTEXT,
  eventsOf,
  shareImports,
  startImportProcess,
  type Death,
  type SharedImports,
} from './import-process.builder.ts';

const V1 = '/api/v1';
const PER_PRODUCT = 1_500;
const DETAIL = 'TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT is 1500, and product pk has as many devices';

interface Row {
  readonly row: number;
  readonly state: string;
  readonly deviceKey: string;
  readonly code: string | null;
  readonly detail: string | null;
}

/** CSV of so many keys, each of this name and its number. */
const fileOf = (name: string, rows: number): string =>
  ['deviceKey', ...Array.from({ length: rows }, (_, n) => `${name}-${n}`), ''].join('\n');

describe.each(['sqlite', 'postgres'] as const)('an import under a quota on %s', (dialect) => {
  const database = specDatabase(inject('databaseUrl'), 'importquota');
  /** On PostgreSQL two registries, which share the database alone. */
  let registries: readonly TestRegistry[] = [];
  /** Whose file was accepted by the most part. */
  let winner = '';

  beforeAll(async () => {
    if (dialect === 'postgres') await database.create();
    const settings = {
      TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT: String(PER_PRODUCT),
      ...(dialect === 'postgres' ? { DATABASE_URL: database.url } : {}),
    };
    const first = await startTestRegistry(settings);
    registries = dialect === 'postgres' ? [first, await startTestRegistry(settings)] : [first];
    for (const { call } of registries)
      await vi.waitFor(async () => expect((await call('GET', '/readyz')).status).toBe(200), 20_000);
    const body = { name: 'Meters', productKey: 'pk' };
    await first.call('POST', `${V1}/products`, { body });
  });
  afterAll(async () => {
    for (const registry of registries) await registry.stop();
    if (dialect === 'postgres') await database.drop();
  });

  const registryOf = (n: number): TestRegistry => {
    const registry = registries[n % registries.length];
    if (registry === undefined) throw new Error('there is no registry');
    return registry;
  };
  const send = async (n: number, body: string, query = '') => {
    const { url, call } = registryOf(n);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/csv' };
    const target = `${url}${V1}/devices/import?productKey=pk${query}`;
    const response = await fetch(target, { method: 'POST', headers, body });
    const { jobId } = (await response.json()) as { jobId: string };
    const { body: job } = await call('GET', `${V1}/jobs/${jobId}`);
    const rows = async (state: string): Promise<readonly Row[]> =>
      (await call('GET', `${V1}/jobs/${jobId}/rows?state=${state}&limit=500`)).body[
        'data'
      ] as Row[];
    return { job, rows };
  };

  it('given a dry run of more rows than fit, then the rest is refused and nothing is taken', async () => {
    const { job } = await send(0, fileOf('m', PER_PRODUCT + 700), '&dryRun=true');
    expect(job).toMatchObject({ state: 'done', accepted: PER_PRODUCT, refused: 700 });
  });

  it('given two at once, of more rows than fit, then as many are accepted as there is room for', async () => {
    const files = [fileOf('m', PER_PRODUCT), fileOf('n', PER_PRODUCT)];
    const sent = await Promise.all(files.map((file, n) => send(n, file)));
    const accepted = sent.map(({ job }) => Number(job['accepted']));
    expect(accepted.reduce((sum, one) => sum + one, 0)).toBe(PER_PRODUCT);
    const loser = sent.find(({ job }) => Number(job['refused']) > 0);
    const [first] = (await loser?.rows('refused')) ?? [];
    expect(first).toMatchObject({ code: 'quota-exceeded', detail: DETAIL });
    winner = (accepted[0] ?? 0) > PER_PRODUCT / 2 ? 'm' : 'n';
  });

  it('given one that was imported comes again when all is full, then its rows are taken keys', async () => {
    const { job, rows } = await send(1, fileOf(winner, 20));
    expect(job).toMatchObject({ accepted: 0, refused: 20 });
    const codes = (await rows('refused')).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['device-key-taken']));
  });

  it('given a device is deleted, then one row of a file fits', async () => {
    const { call } = registryOf(0);
    const listed = await call('GET', `${V1}/devices?productKey=pk&limit=1`);
    const [{ deviceId } = { deviceId: '' }] = listed.body['data'] as { deviceId: string }[];
    expect((await call('DELETE', `${V1}/devices/${deviceId}`)).status).toBe(204);
    const { job, rows } = await send(1, fileOf('late', 3));
    expect(job).toMatchObject({ accepted: 1, refused: 2 });
    expect((await rows('accepted')).map(({ row }) => row)).toEqual([1]);
  });
});

describe('an import under a quota whose process dies', () => {
  const ROWS = 2_300;
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-quota-'));
  let shared: SharedImports;
  let runner: ViewRunner;
  let products = 0;

  beforeAll(async () => {
    shared = await shareImports(
      await createEventStore({ databaseUrl: null, file: join(folder, 'store.sqlite') }),
    );
    const { store, db, log } = shared.opened;
    runner = await createViewRunner({
      ...{ store, db, log, views: identityViews },
      ids: { uuid: () => randomUUID() },
    });
  });
  afterAll(async () => {
    await runner.stop();
    await shared.opened.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (death: Death | null = null) => {
    const { opened, clock } = shared;
    const quota = createDeviceQuota({
      ...{ clock, ids: systemIds, ledger: createPlacesLedger(opened.db) },
      catchUp: async (withinMs) => runner.waitFor(await opened.store.head(), withinMs),
      limits: { devicesPerTenant: 0, devicesPerProduct: ROWS },
    });
    return startImportProcess(shared, death, quota);
  };
  /** A call whose process dies around its second chunk of a thousand. */
  const die = async (when: Death['when']) => {
    const productKey = `p${(products += 1)}`;
    const { handlers } = startImportProcess(shared);
    await handlers.products.create({ productKey, name: 'Meters' }, CONTEXT);
    const call = { key: productKey, productKey };
    const file = fileOf('m', ROWS);
    await expect(start({ at: 'append', nth: 2, when }).run(file, call)).rejects.toThrow();
    shared.clock.advance(60_000);
    // The lease of the places runs by the clock of the database.
    await shared.opened.db.write((session) => session.run('UPDATE registry_places SET until = 1'));
    const again = async () => {
      const imported = await start().run(file, call);
      if (!imported.ok) throw new Error(imported.error.code);
      const events = await eventsOf(shared, 'DeviceRegistered');
      const devices = events.filter(({ data }) => data['productKey'] === productKey).length;
      return { job: imported.value.job, devices };
    };
    return { productKey, again };
  };
  const fill = (productKey: string, rows: number) =>
    start().run(fileOf('other', rows), { productKey });

  it.each(['before', 'after'] as const)(
    'given it died %s an append, then the same call ends it, and each row is there once',
    async (when) => {
      const { again } = await die(when);
      const { job, devices } = await again();
      expect(job).toMatchObject({ state: 'done', accepted: ROWS, refused: 0 });
      expect(devices).toBe(ROWS);
    },
  );

  it('given others took the places of rows that were planned alone, then as many are refused', async () => {
    const { again, productKey } = await die('before');
    await fill(productKey, 500);
    const { job, devices } = await again();
    expect(job).toMatchObject({ state: 'done', accepted: ROWS - 500, refused: 500 });
    expect(devices).toBe(ROWS);
  });

  it('given its rows stand and others took all the rest, then those rows are accepted', async () => {
    const { again, productKey } = await die('after');
    await fill(productKey, 1_300);
    const { job, devices } = await again();
    expect(job).toMatchObject({ state: 'done', accepted: 1_000, refused: 1_300 });
    expect(devices).toBe(ROWS);
  });
});
