import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestRegistry, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';

describe('views', () => {
  let registry: TestRegistry;
  const call = (...args: Parameters<TestRegistry['call']>) => registry.call(...args);

  const ended = (checkId: unknown) =>
    vi.waitFor(
      async () => {
        const { status, body } = await call('GET', `${V1}/view-checks/${String(checkId)}`);
        expect(status).toBe(200);
        expect(body['state']).not.toBe('running');
        return body;
      },
      { timeout: 20_000, interval: 50 },
    );

  beforeAll(async () => {
    registry = await startTestRegistry();
    await call('POST', `${V1}/products`, { body: { productKey: 'pv', name: 'Views' } });
    await call('POST', `${V1}/devices`, { body: { productKey: 'pv', deviceKey: 'd1' } });
  });
  afterAll(() => registry.stop());

  it('are listed with how far each has come', async () => {
    const position = (await call('POST', `${V1}/devices`, { body: { productKey: 'pv' } })).position;
    const { body } = await call('GET', `${V1}/views?after=${position}`);
    expect(body['data']).toContainEqual(
      expect.objectContaining({ view: 'devices', position, head: position, rows: 2 }),
    );
  });

  it('are verified, and rebuilt, by a check that any call may follow', async () => {
    const { status, body } = await call('POST', `${V1}/views/verify`);
    expect(status).toBe(202);
    expect(Object.keys(body)).toEqual(['checkId']);
    const verified = await ended(body['checkId']);
    expect(verified).toMatchObject({ kind: 'verify', state: 'done', detail: null });
    expect(verified['views']).toContainEqual({
      ...{ view: 'devices', equal: true, difference: null },
      rows: expect.any(Number) as number,
    });
    const rebuilding = await call('POST', `${V1}/views/devices/rebuild`);
    expect(rebuilding.status).toBe(202);
    expect(await ended(rebuilding.body['checkId'])).toMatchObject({
      ...{ kind: 'rebuild', state: 'done' },
      views: [{ view: 'devices' }],
    });
    const list = await call('GET', `${V1}/devices?productKey=pv&deviceKey=d1`);
    expect(list.body['data']).toHaveLength(1);
  });

  it('given others are being built, then a call is told so, and not that its own are', async () => {
    // All come before the first has ended; which is the first does not matter.
    const names = ['products', 'devices', 'tenants', 'tokens', 'audit'];
    const asked = await Promise.all(
      names.map((name) => call('POST', `${V1}/views/${name}/rebuild`)),
    );
    const begun = asked.flatMap(({ status, body }, at) =>
      status === 202 ? [{ view: names[at], checkId: body['checkId'] }] : [],
    );
    expect(begun.length).toBeGreaterThan(0);
    for (const { view, checkId } of begun)
      expect(await ended(checkId)).toMatchObject({ views: [{ view }] });
    for (const { status, body } of asked)
      if (status !== 202) expect([status, body['code']]).toEqual([429, 'too-many-requests']);
  });

  it('given one that there is not, then 404', async () => {
    expect(await call('POST', `${V1}/views/none/rebuild`)).toMatchObject({ status: 404 });
    expect(await call('GET', `${V1}/view-checks/none`)).toMatchObject({
      ...{ status: 404, body: { code: 'job-unknown' } },
    });
  });

  it('are for an admin of tenant default alone', async () => {
    await call('POST', `${V1}/tenants`, { body: { tenant: 'north', name: 'North' } });
    const scopes = ['read', 'write', 'secrets:read', 'admin'];
    const other = await call('POST', `${V1}/tokens`, {
      body: { name: 'north', scopes, tenant: 'north' },
    });
    const headers = { authorization: `Bearer ${String(other.body['token'])}` };
    expect(await call('POST', `${V1}/views/verify`, { headers })).toMatchObject({ status: 403 });
    expect(await call('GET', `${V1}/views`, { headers })).toMatchObject({ status: 403 });
  });
});
