import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { specDatabase } from '@tallystick/event-store/testing';
import { startTestRegistry, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';
const database = specDatabase(inject('databaseUrl'), 'tenants');
const until = (assert: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(assert, { timeout: 20_000, interval: 20 });
const ALL = ['read', 'write', 'secrets:read', 'admin'];

describe.each(['sqlite', 'postgres'] as const)('tenants and tokens on %s', (dialect) => {
  let registry: TestRegistry;
  let call: TestRegistry['call'];
  let made: number;

  beforeAll(async () => {
    if (dialect === 'postgres') await database.create();
    registry = await startTestRegistry(
      dialect === 'postgres' ? { DATABASE_URL: database.url } : {},
    );
    ({ call } = registry);
    await call('POST', `${V1}/tenants`, { body: { tenant: 'north', name: 'Plant north' } });
    const body = { tenant: 'south', name: 'Plant south' };
    ({ position: made } = await call('POST', `${V1}/tenants`, { body }));
  });
  afterAll(async () => {
    await registry.stop();
    if (dialect === 'postgres') await database.drop();
  });

  const issue = async (
    scopes: readonly string[],
    tenant = 'default',
    more: Readonly<Record<string, unknown>> = {},
  ) => {
    const body = { name: `${tenant} ${scopes.join('+')}`, scopes, tenant, ...more };
    const issued = await call('POST', `${V1}/tokens`, { body });
    return { id: String(issued.body['id']), token: String(issued.body['token']), issued };
  };
  const as = (token: string, more: Readonly<Record<string, string>> = {}) => ({
    headers: { authorization: `Bearer ${token}`, ...more },
  });

  it('given a first start, then tenant default is there', async () => {
    const listed = await call('GET', `${V1}/tenants?after=${made}`);
    const names = (listed.body['data'] as { tenant: string }[]).map(({ tenant }) => tenant);
    expect(names).toEqual(['default', 'north', 'south']);
  });

  it('given a tenant, then a second of that name is 409 tenant-taken', async () => {
    const body = { tenant: 'north', name: 'Again' };
    const taken = await call('POST', `${V1}/tenants`, { body });
    expect([taken.status, taken.body['code']]).toEqual([409, 'tenant-taken']);
  });

  it('given a token, then it works for its own tenant alone', async () => {
    const { token, issued } = await issue(ALL, 'north');
    expect(issued).toMatchObject({ status: 201, body: { tenant: 'north', lastUsedAt: null } });
    const body = { name: 'Meters', productKey: `n_${dialect}` };
    expect((await call('POST', `${V1}/products`, { body, ...as(token) })).status).toBe(201);
    const own = await call('GET', `${V1}/products/n_${dialect}`, as(token));
    expect(own.status).toBe(200);
    const foreign = await call('GET', `${V1}/products/n_${dialect}`);
    expect(foreign).toMatchObject({ status: 404, body: { code: 'product-unknown' } });
    const named = { headers: { 'tallystick-tenant': 'north' } };
    expect((await call('GET', `${V1}/products/n_${dialect}`, named)).status).toBe(200);
  });

  it('given a header that names another tenant, then only an admin of default may', async () => {
    const { token } = await issue(ALL, 'north');
    const asNorth = (tenant: string) =>
      call('GET', `${V1}/products`, as(token, { 'tallystick-tenant': tenant }));
    expect((await asNorth('north')).status).toBe(200);
    expect(await asNorth('south')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await asNorth('nowhere')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const nowhere = await call('GET', `${V1}/products`, {
      headers: { 'tallystick-tenant': 'nowhere' },
    });
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'tenant-unknown' } });
  });

  it.each([
    ['read', 'POST', '/products', 403],
    ['read', 'GET', '/products', 200],
    ['write', 'GET', '/products', 403],
    ['read', 'GET', '/tokens', 403],
    ['admin', 'GET', '/tokens', 200],
    ['admin', 'GET', '/products', 403],
    ['read', 'GET', '/products/none/secret', 403],
    ['secrets:read', 'GET', '/products/none/secret', 404],
    ['read', 'GET', '/store', 403],
    ['admin', 'GET', '/tenants', 200],
  ])('given a token with %s, then %s %s is %i', async (scope, method, path, status) => {
    const { token } = await issue([scope]);
    const body = method === 'POST' ? { body: { name: 'x' } } : {};
    expect((await call(method, `${V1}${path}`, { ...body, ...as(token) })).status).toBe(status);
  });

  it('given an admin of another tenant, then what is the installation’s is forbidden', async () => {
    const { token } = await issue(ALL, 'north');
    for (const path of ['/tenants', '/store'])
      expect((await call('GET', `${V1}${path}`, as(token))).status).toBe(403);
  });

  it('given somebody grants what he does not hold, then it is 403', async () => {
    const { token } = await issue(['admin'], 'north');
    const grant = (body: Readonly<Record<string, unknown>>) =>
      call('POST', `${V1}/tokens`, { body: { name: 'x', ...body }, ...as(token) });
    expect(await grant({ scopes: ['read'] })).toMatchObject({ status: 403 });
    expect(await grant({ scopes: ['admin'] })).toMatchObject({ status: 201 });
    const elsewhere = await grant({ scopes: ['admin'], tenant: 'south' });
    expect(elsewhere).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('given a token is revoked, then it is refused at once where it was, and is gone', async () => {
    const { id, token, issued } = await issue(['read']);
    expect((await call('GET', `${V1}/products`, as(token))).status).toBe(200);
    const shown = await call('GET', `${V1}/tokens?after=${issued.position}&limit=1000`);
    const row = (shown.body['data'] as { id: string; lastUsedAt: string | null }[]).find(
      (one) => one.id === id,
    );
    expect(row?.lastUsedAt).toMatch(/Z$/);
    expect(JSON.stringify(shown.body)).not.toContain(token);
    const revoked = await call('DELETE', `${V1}/tokens/${id}`);
    expect(revoked.status).toBe(204);
    expect((await call('GET', `${V1}/products`, as(token))).status).toBe(401);
    const again = await call('DELETE', `${V1}/tokens/${id}`);
    expect(again).toMatchObject({ status: 404, body: { code: 'token-unknown' } });
    const after = await call('GET', `${V1}/tokens?after=${revoked.position}`);
    expect(JSON.stringify(after.body)).not.toContain(id);
  });

  it('given a token is revoked, then a live reader that came with it is ended', async () => {
    const { id, token } = await issue(['read']);
    const { headers } = as(token);
    const response = await fetch(`${registry.url}${V1}/events/stream`, { headers });
    expect(response.status).toBe(200);
    const ended = (async () => {
      for await (const part of response.body ?? []) expect(part).toBeDefined();
    })();
    await call('DELETE', `${V1}/tokens/${id}`);
    // It is cut: an end in order would tell the reader that there is no more to come.
    await expect(ended).rejects.toThrow('terminated');
  });

  it('given a token is revoked, then an upload that goes on with it is cut', async () => {
    const { id, token } = await issue(['write']);
    const { headers } = as(token, { 'content-type': 'text/csv' });
    const body = new ReadableStream({ start: (rows) => rows.enqueue(Buffer.from('deviceKey\n')) });
    const url = `${registry.url}${V1}/devices/import?productKey=any`;
    const upload = fetch(url, { method: 'POST', headers, body, duplex: 'half' });
    const cut = expect(upload).rejects.toThrow('fetch failed');
    await until(async () => {
      const { body: listed } = await call('GET', `${V1}/tokens?limit=1000`);
      const tokens = listed['data'] as { id: string; lastUsedAt: string | null }[];
      expect(tokens.find((one) => one.id === id)?.lastUsedAt).toMatch(/Z$/);
    });
    await call('DELETE', `${V1}/tokens/${id}`);
    await cut;
  });

  it('given two Authorization headers, then neither is taken, whichever is good', async () => {
    const { token } = await issue(['read']);
    const ask = async (...given: readonly string[]): Promise<string> => {
      const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
      const lines = given.map((one) => `authorization: Bearer ${one}\r\n`).join('');
      socket.write(`GET ${V1}/products HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`);
      return (await text(socket)).slice(9, 12);
    };
    expect(
      await Promise.all([ask(token), ask(token, 'x'), ask('x', token), ask(token, token)]),
    ).toEqual(['200', '401', '401', '401']);
  });

  it('given another tenant’s token, then it is as unknown as none', async () => {
    const { id } = await issue(['read'], 'north');
    const { token } = await issue(ALL, 'south');
    const foreign = await call('DELETE', `${V1}/tokens/${id}`, as(token));
    const none = await call('DELETE', `${V1}/tokens/tk_${'0'.repeat(20)}`, as(token));
    expect(foreign).toMatchObject({ status: 404, body: none.body });
  });

  it('given a token whose time is over or is yet to come, then it is refused', async () => {
    const soon = new Date(Date.now() + 1_500).toISOString();
    const { token } = await issue(['read'], 'default', { expiresAt: soon });
    expect((await call('GET', `${V1}/products`, as(token))).status).toBe(200);
    await until(async () =>
      expect((await call('GET', `${V1}/products`, as(token))).status).toBe(401),
    );
    const { issued } = await issue(['read'], 'default', { expiresAt: '2020-01-01T00:00:00Z' });
    expect(issued).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
  });

  it('given an answer or a refusal, then no cache keeps it', async () => {
    const { issued } = await issue(['read']);
    const refused = await call('GET', `${V1}/products`, as('none'));
    for (const { headers } of [issued, refused])
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
        ...['no-store', 'nosniff'],
      ]);
  });

  it('given guessed tokens, then each is 401', async () => {
    const { token } = await issue(['read']);
    for (const guess of [`${token.slice(0, -1)}~`, `${token.slice(0, -1)}A`, 'tk_', token + token])
      expect((await call('GET', `${V1}/products`, as(guess))).status).toBe(
        guess === token ? 200 : 401,
      );
  });

  it('given the same Idempotency-Key, then the same token is shown again', async () => {
    const body = { name: 'once', scopes: ['read'] };
    const headers = { 'idempotency-key': `once-${dialect}` };
    const [one, two] = [
      await call('POST', `${V1}/tokens`, { body, headers }),
      await call('POST', `${V1}/tokens`, { body, headers }),
    ];
    expect(two.body).toEqual(one.body);
  });

  it('given two tokens of one name, then one’s Idempotency-Key is not the other’s', async () => {
    const [a, b] = [await issue(['write']), await issue(['write'])];
    const create = (token: string, name: string) =>
      call('POST', `${V1}/products`, {
        body: { name },
        ...as(token, { 'idempotency-key': `shared-${dialect}` }),
      });
    expect((await create(a.token, 'one')).status).toBe(201);
    expect((await create(b.token, 'two')).status).toBe(201);
  });
});
