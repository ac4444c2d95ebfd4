import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceRecordKey, encodeJson, TOPICS } from '@tallystick/contracts';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type {} from '@tallystick/test-kit';
import { specDatabase } from '@tallystick/event-store/testing';
import { startTestRegistry, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';
const database = specDatabase(inject('databaseUrl'), 'stats');

describe.each(['sqlite', 'postgres'] as const)('figures on %s', (dialect) => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-stats-'));
  const settings = dialect === 'postgres' ? { DATABASE_URL: database.url } : {};
  let registry: TestRegistry;

  beforeAll(async () => {
    if (dialect === 'postgres') await database.create();
    registry = await startTestRegistry(settings, folder);
  });
  afterAll(async () => {
    await registry.stop();
    if (dialect === 'postgres') await database.drop();
  });

  const decided = (reason: string, count: number) => ({
    topic: TOPICS.decisions,
    key: deviceRecordKey('default', 'ps', 'd1'),
    value: encodeJson({
      ...{ decision: reason === 'ok' ? 'allow' : 'deny', reason, count },
      to: new Date().toISOString(),
    }),
    headers: {},
  });
  /** All that was counted, whatever the minute. */
  const counted = async () => {
    const { body } = await registry.call('GET', `${V1}/stats/decisions?step=300`);
    const steps = body['data'] as { allowed: number; denied: Record<string, number> }[];
    expect(steps.length).toBeLessThanOrEqual(290);
    const sum = (count: (step: (typeof steps)[number]) => number): number =>
      steps.reduce((all, step) => all + count(step), 0);
    return [sum(({ allowed }) => allowed), sum(({ denied }) => denied['bad-secret'] ?? 0)];
  };
  const until = (assert: () => Promise<void>): Promise<void> =>
    vi.waitFor(assert, { timeout: 20_000, interval: 50 });

  it('show what a write has just changed, once it is waited for', async () => {
    const { call } = registry;
    await call('POST', `${V1}/products`, { body: { productKey: 'ps', name: 'Boilers' } });
    const made = await call('POST', `${V1}/devices`, { body: { productKey: 'ps' } });
    const id = String(made.body['deviceId']);
    const { position } = await call('POST', `${V1}/devices/${id}/disable`, { body: {} });
    expect(await call('GET', `${V1}/stats?after=${position}`)).toMatchObject({
      ...{ status: 200 },
      body: {
        devices: { inactive: 0, online: 0, offline: 0, disabled: 1 },
        ...{ products: 1, conflicts: 0 },
      },
    });
    const products = await call('GET', `${V1}/products?q=Boil&after=${position}`);
    expect(products.body['data']).toMatchObject([{ productKey: 'ps' }]);
  });

  it('count the decisions of the bus, and lose and repeat none over a restart', async () => {
    await registry.publish(decided('ok', 5), decided('bad-secret', 3));
    await until(async () => expect(await counted()).toEqual([5, 3]));
    await registry.leave();
    registry = await startTestRegistry(settings, folder);
    await registry.publish(decided('bad-secret', 4));
    await until(async () => expect(await counted()).toEqual([5, 7]));
  });
});
