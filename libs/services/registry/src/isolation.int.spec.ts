import { deviceRecordKey, encodeJson, toCloudEventHeaders, TOPICS } from '@tallystick/contracts';
import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openApiDocument } from './openapi/openapi.ts';
import { ROUTES } from './openapi/routes.ts';
import { isOpen, type Route } from './openapi/route.types.ts';
import { startTestRegistry, type Answer, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';
const SCOPES = ['read', 'write', 'secrets:read', 'admin'];
const until = (assert: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(assert, { timeout: 20_000, interval: 20 });

/** Parameters of a path that are no tenant's own. */
const SHARED: ReadonlySet<string> = new Set(['gatewayId', 'file', 'checkId', 'view']);
/**
 * Names that are unique over the whole installation, for the wire carries no tenant: one that is
 * taken elsewhere is told as taken.
 */
const TAKEN_EVERYWHERE: ReadonlySet<string> = new Set(['createProduct']);

/** What a call fills the parameters with: of tenant north, or of nobody. */
type Names = Readonly<Record<string, string>>;

const KINDS: Names = { deviceId: 'devices', jobId: 'jobs', productKey: 'products' };
const NOBODYS: Names = {
  productKey: 'nobodys',
  deviceKey: 'nobodys-1',
  deviceId: 'dv_00000000000000000000000000',
  clientId: 'nobodys-unit',
  sessionId: 'nobodys-session',
  tokenId: `tk_${'0'.repeat(20)}`,
  jobId: '00000000-0000-7000-8000-000000000000',
  position: '999999999',
};

function exampleOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

const DOCUMENT = exampleOf(JSON.parse(JSON.stringify(openApiDocument())));

function operationOf({ path, method }: Route): JsonObject {
  return exampleOf(exampleOf(exampleOf(DOCUMENT['paths'])[path])[method]);
}

/** The example that openapi.json gives for the body, with these names in it. */
function bodyOf(route: Route, names: Names): { readonly body?: JsonObject } {
  const content = exampleOf(exampleOf(operationOf(route)['requestBody'])['content']);
  const json = exampleOf(content['application/json']);
  if (json['example'] === undefined) return {};
  const body = exampleOf(json['example']);
  const named = Object.keys(body).filter((field) => field in names && field !== 'deviceId');
  return {
    body: { ...body, ...Object.fromEntries(named.map((field) => [field, names[field] ?? ''])) },
  };
}

function pathOf({ path, query = [] }: Route, names: Names): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = names[name] ?? (SHARED.has(name) ? 'shared' : undefined);
    if (value === undefined) throw new Error(`${path}: say above what ${name} is, of a tenant`);
    return encodeURIComponent(value);
  });
  const asked = query.filter((name) => ['productKey', 'deviceKey', 'clientId'].includes(name));
  const search = asked.map((name) => `${name}=${encodeURIComponent(names[name] ?? '')}`);
  return search.length === 0 ? filled : `${filled}?${search.join('&')}`;
}

/** Without the names and numbers that differ from call to call. */
function plain({ status, body }: Answer, names: Names): unknown {
  let text = JSON.stringify(body);
  for (const value of Object.values(names)) text = text.replaceAll(value, '…');
  return { status, text };
}

const closed = ROUTES.filter((route) => !isOpen(route) && route.operationId !== 'streamEvents');
const ofOne = closed.filter(({ path }) => /\{(?!gatewayId)/.test(path));
const lists = closed.filter(({ path, method }) => method === 'get' && !path.includes('{'));
const creations = closed.filter(
  ({ path, body, operationId }) =>
    body !== undefined && !path.includes('{') && !TAKEN_EVERYWHERE.has(operationId),
);

describe('another tenant', () => {
  let registry: TestRegistry;
  let norths: Names;
  let north: string;
  let south: string;

  const as = (token: string, method: string, path: string, more: object = {}) =>
    registry.call(method.toUpperCase(), path, {
      ...more,
      headers: { authorization: `Bearer ${token}` },
    });

  const tokenOf = async (tenant: string): Promise<Answer> => {
    await registry.call('POST', `${V1}/tenants`, { body: { tenant, name: tenant } });
    const body = { name: tenant, scopes: SCOPES, tenant };
    return registry.call('POST', `${V1}/tokens`, { body });
  };

  const importedBy = async (token: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
    const body = 'productKey,deviceKey\nnorths,norths-2\n';
    const sent = await fetch(`${registry.url}${V1}/devices/import`, {
      ...{ method: 'POST', headers, body },
    });
    return ((await sent.json()) as { jobId: string }).jobId;
  };

  /** A device of tenant north that is online by a unit of its own. */
  const bringOnline = async (device: Answer): Promise<void> => {
    const { deviceId, productKey, deviceKey } = device.body as Record<string, string>;
    const data = {
      ...{ deviceId, productKey, deviceKey, generation: 1, epoch: 1, sessionId: 'north-session' },
      ...{ clientId: 'north-unit', gatewayId: 'gw-1', transport: 'tcp', dialect: 'alibaba' },
      ...{ remoteAddress: '10.0.0.1:9', openedAt: new Date().toISOString() },
    };
    const tell = (type: string) => ({
      topic: TOPICS.presence,
      key: deviceRecordKey('north', String(productKey), String(deviceKey)),
      value: encodeJson(data),
      headers: toCloudEventHeaders({
        ...{ app: 'session-tracker', id: type, type, schemaVersion: 1, time: Date.now() },
        ...{ tenant: 'north', subject: String(deviceId), actor: 'gateway:gw-1' },
        ...{ correlationId: 'c', causationId: 'c', place: { in: 'sessions', epoch: 1 } },
      }),
    });
    await registry.publish(tell('SessionOpened'), tell('DeviceOnline'));
    await until(async () => {
      const seen = await as(north, 'get', `${V1}/devices/${String(deviceId)}/sessions`);
      expect(seen.body['data']).toHaveLength(1);
    });
  };

  beforeAll(async () => {
    registry = await startTestRegistry();
    const [ofNorth, ofSouth] = [await tokenOf('north'), await tokenOf('south')];
    [north, south] = [String(ofNorth.body['token']), String(ofSouth.body['token'])];
    const product = { name: 'Northern meters', productKey: 'norths' };
    await as(north, 'post', `${V1}/products`, { body: product });
    const device = await as(north, 'post', `${V1}/devices`, {
      body: { productKey: 'norths', deviceKey: 'norths-1' },
    });
    await bringOnline(device);
    norths = {
      ...{ productKey: 'norths', deviceKey: 'norths-1', clientId: 'north-unit' },
      ...{ deviceId: String(device.body['deviceId']), sessionId: 'north-session' },
      ...{ tokenId: String(ofNorth.body['id']), position: String(device.position) },
      jobId: await importedBy(north),
    };
  });
  afterAll(() => registry.stop());

  it('given north’s own token, then its names are known: the test below has something to hide', async () => {
    for (const path of ['deviceId', 'jobId', 'productKey'].map(
      (name) => `${KINDS[name]}/${norths[name]}`,
    ))
      expect((await as(north, 'get', `${V1}/${path}`)).status).toBe(200);
    expect((await as(north, 'get', `${V1}/effects/${norths['position']}`)).status).toBe(200);
  });

  it.each(ofOne.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'is answered by %s as if the id were nobody’s',
    async (_, route) => {
      const foreign = await as(south, route.method, pathOf(route, norths), bodyOf(route, norths));
      const unknown = await as(south, route.method, pathOf(route, NOBODYS), bodyOf(route, NOBODYS));
      expect(plain(foreign, norths)).toEqual(plain(unknown, NOBODYS));
      expect(foreign.status).toBeGreaterThanOrEqual(400);
    },
  );

  it.each(creations.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'is answered by %s with north’s names in its body as with nobody’s',
    async (_, route) => {
      const foreign = await as(south, route.method, pathOf(route, norths), bodyOf(route, norths));
      const unknown = await as(south, route.method, pathOf(route, NOBODYS), bodyOf(route, NOBODYS));
      expect(foreign.status).toBe(unknown.status);
      expect(foreign.body['code']).toBe(unknown.body['code']);
    },
  );

  it.each(lists.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'sees by %s nothing of north',
    async (_, route) => {
      const own = await as(south, route.method, route.path);
      const filtered = await as(south, route.method, pathOf(route, norths));
      for (const text of [own, filtered].map(({ body }) => JSON.stringify(body)))
        expect(text).not.toMatch(/north/i);
    },
  );

  it('given the stream of events from its beginning, then nothing of north is in it', async () => {
    const stop = new AbortController();
    const own = { name: 'Southern meters', productKey: 'souths' };
    await as(south, 'post', `${V1}/products`, { body: own });
    for (const topic of ['identity.events.v1', 'identity.state.v1', 'identity.presence.v1']) {
      const response = await fetch(
        `${registry.url}${V1}/events/stream?topic=${topic}&from=earliest`,
        {
          headers: { authorization: `Bearer ${south}` },
          signal: stop.signal,
        },
      );
      let text = '';
      const reading = (async () => {
        for await (const part of response.body ?? []) text += Buffer.from(part).toString();
      })().catch(() => undefined);
      // North's events stand before this one, and a comment comes where there is nothing else.
      const end = topic === 'identity.presence.v1' ? ': ' : 'souths';
      await until(() => expect(text).toContain(end));
      expect(text).not.toMatch(/north/i);
      void reading;
    }
    stop.abort();
  });
});
