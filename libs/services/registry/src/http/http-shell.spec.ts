import type { Server } from 'node:http';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PortError } from '@tallystick/kernel';
import { createLogger, systemIds } from '@tallystick/services-edge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CreateDevice,
  DeleteDevice,
  EnableDevice,
  GetDevice,
  ListDevices,
  PatchDevice,
} from '../cqrs/devices.handlers.ts';
import type { HandlerParts } from '../cqrs/handler.ts';
import type { Written } from './call.ts';
import { ExplainDevice } from '../cqrs/history.handlers.ts';
import { CreateProduct, GetProduct } from '../cqrs/products.handlers.ts';
import { ROUTES } from '../openapi/routes.ts';
import { RegistryModule } from '../registry.module.ts';
import { ProblemError } from './problem.ts';
import { createHttpServer } from './server.ts';

const TOKEN = 'the-admin-token';

const written: Written = { position: 7, revision: 3, body: { done: true } };

/** What each message is answered with, or fails with; all others go to their handlers. */
const ANSWERS = new Map<unknown, unknown>([
  [CreateProduct, written],
  [GetProduct, new ProblemError('product-unknown')],
  [CreateDevice, written],
  [GetDevice, new PortError('unavailable', 'database is gone at 10.0.0.1')],
  [ListDevices, { data: [], nextCursor: null }],
  [EnableDevice, written],
  [PatchDevice, new Error('a defect with a secret')],
  [DeleteDevice, { ...written, body: null }],
  [ExplainDevice, new PortError('corrupt', 'secret 17 does not open under the key ring')],
]);

interface Bus {
  execute(message: { readonly input?: unknown }): Promise<unknown>;
}

function answerInPlaceOf(bus: Bus, received: unknown[]): void {
  const handled = bus.execute.bind(bus);
  bus.execute = (message) => {
    received.push([message.input]);
    const answer = ANSWERS.get(message.constructor);
    if (answer === undefined) return handled(message);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

describe('the HTTP shell', () => {
  const received: unknown[] = [];
  const routes: string[] = [];
  let app: NestFastifyApplication;

  beforeAll(async () => {
    const module = RegistryModule.register({
      parts: {
        views: { reach: () => Promise.reject(new ProblemError('view-behind')) },
      } as unknown as HandlerParts,
      live: { open: () => Promise.resolve(), stop: () => Promise.resolve() },
      platform: {
        readiness: () => ({ ready: false, checks: { store: 'away' } }),
        metrics: () => Promise.resolve({ contentType: 'text/plain', text: 'up 1' }),
        topics: { topicPrefix: 'here.', partitions: 3 },
      },
    });
    const logger = createLogger('spec', 'silent');
    app = await createHttpServer({ module, adminToken: TOKEN, ids: systemIds, logger });
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRoute', ({ method, url }) => {
        routes.push(`${String(method)} ${url}`);
      });
    await app.init();
    answerInPlaceOf(app.get<CommandBus, Bus>(CommandBus), received);
    answerInPlaceOf(app.get<QueryBus, Bus>(QueryBus), received);
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  const call = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'OPTIONS',
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ) => {
    const { body, headers = {} } = options;
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    received.length = 0;
    const response = await app.inject({
      method,
      url: path,
      headers: { authorization: `Bearer ${TOKEN}`, ...json, ...headers },
      ...(body === undefined ? {} : { payload }),
    });
    const type = response.headers['content-type'] ?? '';
    return {
      status: response.statusCode,
      headers: response.headers,
      type,
      body: String(type).includes('json') ? (response.json() as Record<string, unknown>) : null,
    };
  };
  const product = { name: 'Meters', productKey: 'pk1' };

  it('given a created resource, then 201 with its revision and position in headers', async () => {
    const answer = await call('POST', '/api/v1/products', { body: product });
    expect(answer).toMatchObject({ status: 201, body: { done: true } });
    expect(answer.headers).toMatchObject({ etag: '"3"', 'tallystick-position': '7' });
    expect(received).toEqual([[product]]);
  });

  it('given another write, then 200; given a deletion, then 204 without a body', async () => {
    expect(await call('POST', '/api/v1/devices/d1/enable')).toMatchObject({ status: 200 });
    expect(await call('DELETE', '/api/v1/devices/d1')).toMatchObject({ status: 204, body: null });
  });

  it('given an empty body of JSON, then it counts as {}', async () => {
    const headers = { 'content-type': 'application/json' };
    expect(await call('POST', '/api/v1/devices/d1/enable', { headers })).toMatchObject({
      status: 200,
    });
    expect((await call('POST', '/api/v1/products')).body).toMatchObject({ code: 'invalid-field' });
  });

  it('given no token, or a wrong one, then 401 whatever the path under the base', async () => {
    for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`]) {
      const answer = await call('GET', '/api/v1/nothing', { headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
  });

  it('given no token and another spelling of a path, then 401 all the same', async () => {
    for (const path of ['/%61pi/v1/devices', '/api/%761/devices', '/api/v1/devices?x=/healthz'])
      expect(await call('GET', path, { headers: { authorization: '' } })).toMatchObject({
        status: 401,
      });
    expect(received).toEqual([]);
  });

  it('given the tenant default by name, then it is served; another is 404', async () => {
    const named = { 'tallystick-tenant': 'default' };
    expect((await call('GET', '/api/v1/devices', { headers: named })).status).toBe(200);
    const other = { 'tallystick-tenant': 'acme' };
    expect(await call('GET', '/api/v1/devices', { headers: other })).toMatchObject({
      status: 404,
      body: { code: 'tenant-unknown' },
    });
  });

  it('given a field that is not known, then 400 with its path', async () => {
    const answer = await call('POST', '/api/v1/products', { body: { ...product, colour: 'red' } });
    expect(answer).toMatchObject({
      status: 400,
      type: 'application/problem+json; charset=utf-8',
      body: {
        type: 'urn:tallystick:problem:unknown-field',
        status: 400,
        code: 'unknown-field',
        errors: [{ path: 'colour', message: 'unknown field' }],
      },
    });
    expect(received).toEqual([]);
  });

  it.each([
    ['a wrong type', '/api/v1/products', { name: 5 }, 'name'],
    ['an absent field', '/api/v1/devices', {}, 'productKey'],
    ['a wrong type inside', '/api/v1/devices', { productKey: 'p', tags: { a: 1 } }, 'tags.a'],
    ['an array', '/api/v1/products', [], ''],
    ['null', '/api/v1/products', null, ''],
  ])('given %s, then 400 invalid-field with its path', async (_, path, body, field) => {
    const answer = await call('POST', path, { body: JSON.stringify(body) });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
    expect(answer.body?.['errors']).toContainEqual(expect.objectContaining({ path: field }));
  });

  it('given what is not JSON, then 400 invalid-field; of another type, then 415', async () => {
    const broken = await call('POST', '/api/v1/products', { body: '{"name":' });
    expect(broken).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'json', '']) {
      const headers = { 'content-type': type };
      const other = await call('POST', '/api/v1/products', { body: 'name=x', headers });
      expect(other).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
    }
    expect(received).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'json'])(
    'given an empty body of %s, then it counts as {}',
    async (type) => {
      const headers = { 'content-type': type };
      for (const options of [{ headers }, { headers, body: '' }])
        expect(await call('POST', '/api/v1/devices/d1/enable', options)).toMatchObject({
          status: 200,
        });
    },
  );

  it.each([
    ['PUT', '/api/v1/devices/d1', 'DELETE, GET, HEAD, PATCH'],
    ['DELETE', '/api/v1/devices', 'GET, HEAD, POST'],
    ['GET', '/api/v1/devices/d1/disable?x=1', 'POST'],
    ['OPTIONS', '/api/v1/devices/d%31/enabl%65', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
  ] as const)('given %s %s, then 405 that allows %s', async (method, path, allow) => {
    for (const headers of [{}, { 'content-type': 'text/plain' }]) {
      const answer = await call(method, path, { headers, body: 'x' });
      expect(answer).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
      expect(answer.headers).toMatchObject({ allow });
    }
  });

  it('given a wrong method and no token, then 401: who may not ask is told nothing', async () => {
    const headers = { authorization: '' };
    expect(await call('PUT', '/api/v1/devices/d1', { headers })).toMatchObject({ status: 401 });
  });

  it('given a body over 1 MiB, then 413; one just under it is read', async () => {
    const big = await call('POST', '/api/v1/products', { body: { name: 'x'.repeat(1_048_576) } });
    expect(big).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
    const less = await call('POST', '/api/v1/products', { body: { name: 'x'.repeat(1_048_000) } });
    expect(less).toMatchObject({ status: 400 });
  });

  it('given a path that is not there, then a problem of 404', async () => {
    for (const path of ['/api/v1/things/1', '/nothing', '/api/v1/devices/d1/diff'])
      expect(await call('GET', `${path}?password=x`)).toMatchObject({
        status: 404,
        body: {
          code: 'route-unknown',
          detail: `There is no GET ${path}: GET /openapi.json lists what there is`,
        },
      });
  });

  it('given a query that is not known or not of its form, then 400', async () => {
    for (const [query, code] of [
      ['colour=red', 'unknown-field'],
      ['limit=1001', 'invalid-field'],
      ['limit=0', 'invalid-field'],
      ['limit=1&limit=2', 'invalid-field'],
      ['after=x', 'invalid-field'],
      ['status=gone', 'invalid-field'],
    ])
      expect(await call('GET', `/api/v1/devices?${query}`)).toMatchObject({
        status: 400,
        body: { code },
      });
    expect(await call('GET', '/api/v1/devices?limit=500&q=dv_01&tag.room=a%20b')).toMatchObject({
      status: 200,
    });
    expect(received).toEqual([[{ limit: 500, q: 'dv_01', tag: { room: 'a b' } }]]);
  });

  it('given an unknown filter, then 400: it is not ignored', async () => {
    for (const query of ['tag=x', 'tag.=x', 'tag.__proto__=x', '__proto__=x', 'constructor=x'])
      expect(await call('GET', `/api/v1/devices?${query}`)).toMatchObject({ status: 400 });
    await call('GET', '/api/v1/devices?tag.constructor=x');
    expect(received).toEqual([[{ tag: { constructor: 'x' } }]]);
  });

  it('given fields named after what every object has, then none is dropped without a word', async () => {
    const tags = { constructor: 'x', prototype: 'y' };
    await call('POST', '/api/v1/devices', { body: { productKey: 'p', tags } });
    expect(received).toEqual([[{ productKey: 'p', tags }]]);
    for (const body of [
      '{"name":"a","constructor":{}}',
      '{"name":"a","__proto__":{}}',
      '{"name":"a","\\u005f_proto__":{}}',
    ])
      expect(await call('POST', '/api/v1/products', { body })).toMatchObject({
        status: 400,
        body: { code: 'unknown-field' },
      });
    const inTags = '{"productKey":"p","tags":{"__proto__":"x"}}';
    expect(await call('POST', '/api/v1/devices', { body: inTags })).toMatchObject({ status: 400 });
  });

  it('given a body that is not UTF-8, then 400: nothing is kept that was not sent', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/products',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      payload: Buffer.from('{"name":"\xe9t\xe9"}', 'latin1'),
    });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid-field' });
  });

  it.each([
    ['no escape', '%zz'],
    ['half an escape', '%'],
    ['half a character', '%F0%9F'],
    ['more than any id', 'a'.repeat(5_000)],
  ])('given a path that holds %s, then a problem like any other', async (_, part) => {
    const answer = await call('GET', `/api/v1/devices/${part}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
    expect(answer.type).toContain('application/problem+json');
  });

  it('given headers that never end, then they have a time limit', () => {
    const server = app.getHttpServer() as Server;
    expect(server.headersTimeout).toBeGreaterThan(0);
  });

  it.each([
    ['/api/v1/effects/seven', 'position', 'a whole number, in digits alone'],
    ['/api/v1/effects/7?wait=31', 'wait', 'seconds, at most 30'],
    ['/api/v1/devices?limit=501', 'limit', 'a whole number from 1 to 500'],
    ['/api/v1/products?limit=1001', 'limit', 'a whole number from 1 to 1000'],
    ['/api/v1/devices?q=a%20b', 'q', '1 to 128 of A-Z a-z 0-9 . _ : @ -'],
    ['/api/v1/devices?q=', 'q', '1 to 128 of A-Z a-z 0-9 . _ : @ -'],
    ['/api/v1/devices?after=-1', 'after', 'a whole number, in digits alone'],
    ['/api/v1/events/stream?from=now', 'from', 'earliest, latest or a position'],
  ])('given %s, then 400 that names %s and what it may be', async (path, field, message) => {
    expect(await call('GET', path)).toMatchObject({
      status: 400,
      body: { code: 'invalid-field', errors: [{ path: field, message }] },
    });
  });

  it.each([
    ['GET', 'products/no-such-product', 'product-unknown', 'productKey: 1 to 32 of'],
    ['GET', 'devices/a%2Fb', 'device-unknown', 'deviceId: 1 to 256 of'],
    ['DELETE', 'sessions/%00', 'session-unknown', 'sessionId: '],
    ['DELETE', `devices/d1/units/${'u'.repeat(129)}`, 'unit-unknown', 'clientId: '],
  ] as const)(
    'given an id that none can have (%s %s), then it is unknown like any other, and its form is told',
    async (method, path, code, words) => {
      const { status, body } = await call(method, `/api/v1/${path}`);
      expect({ status, code: body?.['code'] }).toEqual({ status: 404, code });
      expect(body?.['detail']).toContain(words);
      expect(received).toEqual([]);
    },
  );

  it('given a field that is missing, then it is called so', async () => {
    const answer = await call('POST', '/api/v1/devices', { body: {} });
    expect(answer.body).toMatchObject({
      detail: 'productKey: missing (string)',
      errors: [{ path: 'productKey', message: 'missing (string)' }],
    });
  });

  it('given a problem of which the code says all, then the detail says what to do', async () => {
    const refused = await call('GET', '/api/v1/products', { headers: { authorization: '' } });
    expect(refused.body?.['detail']).toContain('Authorization: Bearer <token>');
  });

  it('given an If-Match or Idempotency-Key out of its form, then 400', async () => {
    for (const headers of [
      { 'if-match': '3' },
      { 'if-match': '"03"' },
      { 'idempotency-key': 'ü' },
    ] as const)
      expect(await call('POST', '/api/v1/devices/d1/enable', { headers })).toMatchObject({
        status: 400,
      });
  });

  it('given a refusal, a store that is away, a late view, or a defect, then the answer is its problem and nothing else', async () => {
    expect(await call('GET', '/api/v1/products/pk1')).toMatchObject({
      status: 404,
      body: { code: 'product-unknown' },
    });
    const away = await call('GET', '/api/v1/devices/d1');
    expect(away).toMatchObject({ status: 503, body: { code: 'store-unavailable' } });
    expect(away.headers['retry-after']).toBe('1');
    expect(JSON.stringify(away.body)).not.toContain('10.0.0.1');
    expect(await call('GET', '/api/v1/gateways?after=9')).toMatchObject({
      status: 503,
      body: { code: 'view-behind' },
    });
    const defect = await call('PATCH', '/api/v1/devices/d1', { body: {} });
    expect(defect).toMatchObject({ status: 500, body: { code: 'internal-error' } });
    expect(JSON.stringify(defect.body)).not.toMatch(/secret|at /);
  });

  it('given what no waiting mends, then it is no store that is away: nobody is told to come again', async () => {
    const damaged = await call('GET', '/api/v1/devices/d1/explain');
    expect(damaged).toMatchObject({ status: 500, body: { code: 'internal-error' } });
    expect(damaged.headers).not.toHaveProperty('retry-after');
    expect(JSON.stringify(damaged.body)).not.toContain('key ring');
  });

  it('given a filter that no database keeps, then 400', async () => {
    for (const path of ['devices?tag.a=%00', 'devices?tag.%00=a', 'devices?tag.a=%0A'])
      expect(await call('GET', `/api/v1/${path}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid-field' },
      });
    expect(received).toEqual([]);
  });

  it('given the open paths, then they need no token', async () => {
    const headers = { authorization: '' };
    expect(await call('GET', '/healthz', { headers })).toMatchObject({ status: 200 });
    expect(await call('GET', '/readyz', { headers })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { ready: false, checks: { store: 'away' } },
    });
    expect((await call('GET', '/metrics', { headers })).status).toBe(200);
    const { body } = await call('GET', '/openapi.json', { headers });
    expect(Object.keys((body?.['components'] as { schemas: object }).schemas)).toEqual(
      expect.arrayContaining(['Product', 'Device', 'Problem']),
    );
    expect(await call('GET', '/asyncapi.json', { headers })).toMatchObject({
      body: { channels: { 'identity.state.v1': { address: 'here.identity.state.v1' } } },
    });
  });

  it('given a readiness that may be 503, then openapi.json says so', async () => {
    const { body } = await call('GET', '/openapi.json');
    const content: unknown = expect.anything();
    expect(body).toMatchObject({
      paths: { '/readyz': { get: { responses: { 503: { content } } } } },
    });
  });

  it('given the controllers, then openapi.json names exactly their routes', () => {
    const documented = ROUTES.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
    );
    const served = routes.filter((route) => !route.startsWith('HEAD '));
    expect(served.toSorted()).toEqual(documented.toSorted());
  });
});
