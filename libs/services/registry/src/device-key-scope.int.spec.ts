import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { specDatabase } from '@tallystick/event-store/testing';
import { startTestRegistry, type Answer, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';
const until = (assert: () => Promise<void>): Promise<void> =>
  vi.waitFor(assert, { timeout: 20_000, interval: 20 });
const codeOf = ({ status, body }: Answer) => [status, body['code'] ?? null];
const TAKEN = [409, 'device-key-taken'];

describe.each(['sqlite', 'postgres'] as const)('device keys of a tenant on %s', (dialect) => {
  const database = specDatabase(inject('databaseUrl'), 'keyscope');
  /** On PostgreSQL two registries, which share the database alone. */
  let registries: readonly TestRegistry[] = [];
  let claims = 0;

  beforeAll(async () => {
    if (dialect === 'postgres') await database.create();
    const settings = {
      TALLYSTICK_DEVICE_KEY_SCOPE: 'tenant',
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
  const register = (n: number, productKey: string, deviceKey: string): Promise<Answer> =>
    registryOf(n).call('POST', `${V1}/devices`, { body: { productKey, deviceKey } });
  const claim = (n: number, productKey: string, deviceKey: string): Promise<Answer> => {
    const claimId = `${dialect}-${(claims += 1)}`;
    const wire = { gatewayId: 'gw-1', dialect: 'alibaba', claimId };
    return registryOf(n).internal('/internal/v1/claims', { productKey, deviceKey, ...wire });
  };

  it('given twenty race for a key in two products, then one is there', async () => {
    const calls = Array.from({ length: 20 }, (_, n) =>
      register(n, n % 4 < 2 ? 'pa' : 'pb', 'raced'),
    );
    const codes = (await Promise.all(calls)).map(codeOf);
    expect(codes.filter(([status]) => status === 201)).toHaveLength(1);
    expect(codes.filter(([status]) => status !== 201)).toEqual(Array(19).fill(TAKEN));
  });

  it('given its device is deleted, then the other product has the key', async () => {
    const { body } = await register(0, 'pa', 'moved');
    expect(codeOf(await register(1, 'pb', 'moved'))).toEqual(TAKEN);
    const removed = await registryOf(1).call('DELETE', `${V1}/devices/${String(body['deviceId'])}`);
    expect(removed.status).toBe(204);
    expect((await register(1, 'pb', 'moved')).status).toBe(201);
    expect(codeOf(await register(0, 'pa', 'moved'))).toEqual(TAKEN);
  });

  it('given a unit claims a key that lives in another product, then its name is closed there', async () => {
    await register(0, 'pa', 'claimed');
    await until(async () =>
      expect((await claim(0, 'pb', 'claimed')).body).toEqual({
        granted: false,
        reason: 'name-closed',
      }),
    );
    expect((await claim(0, 'pa', 'claimed')).body).toMatchObject({ granted: true });
  });
});
