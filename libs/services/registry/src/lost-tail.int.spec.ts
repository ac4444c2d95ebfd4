import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { administer, specDatabase } from '@tallystick/event-store/testing';
import { startTestRegistry, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';
const until = (assert: () => Promise<void>): Promise<void> =>
  vi.waitFor(assert, { timeout: 60_000, interval: 50 });

/** A store that is copied while nobody has it open, and put back from the copy. */
interface Copied {
  readonly settings: Readonly<Record<string, string>>;
  readonly folder: string;
  copy(): Promise<void>;
  putBack(): Promise<void>;
  remove(): Promise<void>;
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'tallystick-lost-tail-'));

/** The files of the store alone: the bus's file stands beside them, as a Kafka would. */
function sqliteFile(settings: Copied['settings'] = {}): Copied {
  const folder = newFolder();
  const copies = newFolder();
  const move = async (from: string, to: string): Promise<void> => {
    const ofStore = (name: string): boolean => name.startsWith('store.sqlite');
    for (const name of readdirSync(to).filter(ofStore)) rmSync(join(to, name));
    for (const name of readdirSync(from).filter(ofStore)) cpSync(join(from, name), join(to, name));
  };
  return {
    ...{ settings, folder },
    copy: () => move(folder, copies),
    putBack: () => move(copies, folder),
    remove: async () => rmSync(copies, { recursive: true, force: true }),
  };
}

const kafka = (): Copied['settings'] => ({
  KAFKA_BROKERS: inject('kafkaBrokers'),
  TALLYSTICK_TOPIC_PREFIX: `lost-tail-${randomBytes(6).toString('hex')}.`,
  TALLYSTICK_PARTITIONS: '3',
});

function postgresDatabase(): Copied & { create(): Promise<void> } {
  const adminUrl = inject('databaseUrl');
  const { name, url, create, drop } = specDatabase(adminUrl, 'lost_tail');
  const copyOf = (from: string, to: string): Promise<void> =>
    administer(adminUrl, `CREATE DATABASE ${to} TEMPLATE ${from}`);
  const copy = `${name}_copy`;
  return {
    folder: newFolder(),
    settings: { ...kafka(), DATABASE_URL: url },
    copy: () => copyOf(name, copy),
    putBack: () => drop().then(() => copyOf(copy, name)),
    remove: async () => {
      await drop();
      await administer(adminUrl, `DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
    },
    create,
  };
}

describe.each([
  ['SQLite and the embedded log', () => sqliteFile()],
  ['SQLite and Kafka', () => sqliteFile(kafka())],
  ['PostgreSQL and Kafka', postgresDatabase],
] as const)('a store on %s that is put back to an earlier state', (_, make) => {
  let copied: Copied & { readonly create?: () => Promise<void> };
  let registry: TestRegistry;
  const call: TestRegistry['call'] = (...of) => registry.call(...of);
  const start = async (): Promise<void> => {
    registry = await startTestRegistry(copied.settings, copied.folder);
  };
  const store = async () => (await call('GET', `${V1}/store`)).body;
  const relayed = (position: number): Promise<void> =>
    until(async () => {
      const relayedTo = (await store())['relayed'];
      expect(relayedTo).toEqual({ fast: position, bulk: position });
    });
  const register = (deviceKey: string) =>
    call('POST', `${V1}/devices`, {
      body: { productKey: 'boiler', deviceKey, deviceId: deviceKey },
    });

  beforeAll(async () => {
    copied = make();
    await copied.create?.();
    await start();
    await call('POST', `${V1}/products`, { body: { name: 'Boiler', productKey: 'boiler' } });
    const kept = await register('kept');
    await relayed(kept.position);
    await registry.leave();
    await copied.copy();
  }, 60_000);
  afterAll(async () => {
    await registry.stop();
    await copied.remove();
  });

  it('given writes after the copy, then the start notices the loss, writes are refused and reads work; after an adoption no position is given twice', async () => {
    await start();
    const before = await store();
    expect(before).toMatchObject({ state: 'ok', incarnation: 1, schemaVersion: 2, detail: null });
    const lost = await register('lost');
    const disabled = await call('POST', `${V1}/devices/kept/disable`, {
      body: { reason: 'stolen' },
    });
    await relayed(disabled.position);
    await registry.leave();
    await copied.putBack();
    await start();

    await until(async () => {
      const { status, body } = await call('GET', '/readyz');
      expect(status).toBe(503);
      expect(JSON.stringify(body)).toContain('lost-tail: the bus was told of the store up to');
    });
    const refused = await register('new');
    expect(refused).toMatchObject({ status: 503, body: { code: 'store-lost-tail' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await call('GET', `${V1}/devices/kept`)).body).toMatchObject({ lifecycle: 'inactive' });
    const told = await store();
    expect(told).toMatchObject({ state: 'lost-tail', storeId: before['storeId'] });
    expect(told['relayed']).toMatchObject({ bulk: disabled.position });
    // The bus may not have been reached yet, so soon after the start.
    await until(async () =>
      expect((await store())['detail']).toContain(`restrictions: ${disabled.position}`),
    );

    const adopted = await call('POST', `${V1}/store/adopt`, { body: {} });
    expect(adopted).toMatchObject({ status: 200, body: { state: 'ok', incarnation: 2 } });
    expect(adopted.body['detail']).toContain(`restrictions: ${disabled.position}`);
    expect(await call('POST', `${V1}/store/adopt`, { body: {} })).toMatchObject({
      status: 409,
      body: { code: 'store-ok' },
    });
    const storeId = String(before['storeId']);
    expect((await call('GET', `${V1}/audit?subject=${storeId}`)).body['data']).toMatchObject([
      { action: 'adoptStore', actor: 'token:admin', detail: null },
    ]);
    const next = await register('new');
    expect(next.position).toBeGreaterThan(disabled.position);
    await relayed(next.position);
    expect((await call('GET', `${V1}/effects/${lost.position}`)).body).toMatchObject({
      code: 'position-unknown',
    });
    expect((await call('GET', `${V1}/devices/new?after=${next.position}`)).status).toBe(200);
    await until(async () => expect((await call('GET', '/readyz')).status).toBe(200));
  }, 120_000);
});
