import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { specDatabase } from '@tallystick/event-store/testing';
import { startTestRegistry, type Answer, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';
const PER_PRODUCT = 40;
const PER_TENANT = 60;
const until = (assert: () => Promise<void>): Promise<void> =>
  vi.waitFor(assert, { timeout: 20_000, interval: 20 });

describe.each(['sqlite', 'postgres'] as const)('quotas of devices on %s', (dialect) => {
  const database = specDatabase(inject('databaseUrl'), 'quotas');
  /** On PostgreSQL two registries, which share the database alone. */
  let registries: readonly TestRegistry[] = [];
  let claims = 0;

  beforeAll(async () => {
    if (dialect === 'postgres') await database.create();
    const settings = {
      TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT: String(PER_PRODUCT),
      TALLYSTICK_LIMIT_DEVICES_PER_TENANT: String(PER_TENANT),
      ...(dialect === 'postgres' ? { DATABASE_URL: database.url } : {}),
    };
    const first = await startTestRegistry(settings);
    registries = dialect === 'postgres' ? [first, await startTestRegistry(settings)] : [first];
    for (const { call } of registries)
      await until(async () => expect((await call('GET', '/readyz')).status).toBe(200));
    for (const productKey of ['pa', 'pb']) {
      const free = { registrationFree: true, dynamicActivation: true };
      const body = { name: 'Meters', productKey, ...free };
      expect((await first.call('POST', `${V1}/products`, { body })).status).toBe(201);
    }
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
  const register = (n: number, productKey: string, headers = {}): Promise<Answer> =>
    registryOf(n).call('POST', `${V1}/devices`, {
      body: { productKey, deviceKey: `${productKey}-${n}` },
      headers,
    });
  const claim = (n: number, productKey: string, deviceKey: string): Promise<Answer> => {
    const claimId = `${dialect}-${(claims += 1)}`;
    const wire = { gatewayId: 'gw-1', dialect: 'alibaba', claimId };
    return registryOf(n).internal('/internal/v1/claims', { productKey, deviceKey, ...wire });
  };
  /** So many calls at once: how many of them made a device, and what the others were told. */
  const registerMany = async (productKey: string, from: number, calls: number) => {
    const answers = await Promise.all(
      Array.from({ length: calls }, (_, n) => register(from + n, productKey)),
    );
    const refused = answers.filter(({ status }) => status !== 201);
    return { made: answers.filter(({ status }) => status === 201), refused };
  };

  it('given far more calls at once than fit, then just as many devices are made as the product may have', async () => {
    const { made, refused } = await registerMany('pa', 0, 3 * PER_PRODUCT);
    expect(made).toHaveLength(PER_PRODUCT);
    for (const { status, body, headers } of refused) {
      expect([status, body['code']]).toEqual([429, 'quota-exceeded']);
      expect(body['detail']).toBe(
        'TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT is 40, and product pa has as many devices',
      );
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  it('given a device is deleted, then its place is free at once, for one', async () => {
    const { call } = registryOf(1);
    const listed = await call('GET', `${V1}/devices?productKey=pa&limit=1`);
    const [{ deviceId } = { deviceId: '' }] = listed.body['data'] as { deviceId: string }[];
    expect((await call('DELETE', `${V1}/devices/${deviceId}`)).status).toBe(204);
    expect((await registerMany('pa', 1_000, 8)).made).toHaveLength(1);
  });

  it('given a unit claims a new name in a full product, then it may try again; a known name has room', async () => {
    await until(async () =>
      expect((await claim(0, 'pa', 'new-name')).body).toEqual({
        granted: false,
        reason: 'too-many-requests',
      }),
    );
    const [known] = (await registryOf(0).call('GET', `${V1}/devices?productKey=pa&limit=1`)).body[
      'data'
    ] as { deviceKey: string }[];
    expect((await claim(0, 'pa', known?.deviceKey ?? '')).body).toMatchObject({ granted: true });
  });

  it('given the tenant is full before its product, then the answer names the tenant', async () => {
    const { made, refused } = await registerMany('pb', 0, PER_PRODUCT);
    expect(made).toHaveLength(PER_TENANT - PER_PRODUCT);
    for (const { body } of refused)
      expect(body['detail']).toBe(
        'TALLYSTICK_LIMIT_DEVICES_PER_TENANT is 60, and tenant default has as many devices',
      );
  });

  it('given a call is repeated under its key when all is full, then it has its first answer', async () => {
    const headers = { 'idempotency-key': 'one' };
    const { call } = registryOf(0);
    const [{ deviceId } = { deviceId: '' }] = (
      await call('GET', `${V1}/devices?productKey=pb&limit=1`)
    ).body['data'] as { deviceId: string }[];
    await call('DELETE', `${V1}/devices/${deviceId}`);
    const first = await register(500, 'pb', headers);
    expect(first.status).toBe(201);
    expect(await register(500, 'pb', headers)).toMatchObject({ status: 201, body: first.body });
    expect((await register(501, 'pb')).status).toBe(429);
  });
});
