import type { AuditEntryDocument } from '@tallystick/contracts';
import type {} from '@tallystick/test-kit';
import { specDatabase } from '@tallystick/event-store/testing';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { EXAMPLES } from '../openapi/examples/examples.ts';
import { isOpen, type Route } from '../openapi/route.types.ts';
import { ROUTES } from '../openapi/routes.ts';
import { startTestRegistry, type TestRegistry } from '../testing/registry.builder.ts';
import { Planted } from './planted.builder.ts';

const database = specDatabase(inject('databaseUrl'), 'secrets');
const OPERATIONS = ROUTES.filter((route) => !isOpen(route));

/** What is done last, and in this order. */
const LAST = ['purgeUnit', 'deleteDevice', 'deleteProduct', 'deleteToken'];
const inOrder = OPERATIONS.toSorted(
  (a, b) => LAST.indexOf(a.operationId) - LAST.indexOf(b.operationId),
);

interface Asked {
  readonly status: number;
  readonly position: number;
  readonly requestId: string;
}

describe.each(['sqlite', 'postgres'] as const)('what no secret may reach, on %s', (dialect) => {
  const planted = new Planted();
  const secret = {
    device: planted.plant('a given device secret', 'Dev1ce~$ecret/"given"'),
    product: planted.plant('a given product secret', 'Pr0duct~$ecret/{given}'),
    unicode: planted.plant('a secret that is none', 'gehéim-秘密-\u202E\u0301-📟'),
    bearer: planted.plant('a wrong bearer token', 'wr0ng-bearer-t0ken-planted'),
    token: planted.plant('a token of a wrong key', `tk_${'Z'.repeat(20)}.${'y'.repeat(43)}`),
    internal: planted.plant('a wrong internal credential', 'wr0ng-internal-planted'),
  };
  const changed = new Map<string, string>();
  let registry: TestRegistry;
  let poor: string;
  let ids: Readonly<Record<string, string>>;
  let calls = 0;

  /** Asks, and keeps what is answered where it is no good answer. */
  async function ask(route: Route, init: RequestInit = {}, bearer?: string): Promise<Asked> {
    const { operationId, method } = route;
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'none');
    const requestId = `${operationId}-${(calls += 1)}`;
    const headers = new Headers(init.headers);
    headers.set('x-request-id', requestId);
    if (bearer !== undefined) headers.set('authorization', bearer);
    // A stream of events would not end.
    const verb = operationId === 'streamEvents' ? 'HEAD' : method.toUpperCase();
    const asked = { ...init, method: verb, headers };
    const response = await fetch(`${registry.url}${path}`, asked);
    const text = await response.text();
    const where = `${response.status} of ${operationId}`;
    if (response.status >= 400) planted.say(where, text);
    else if (text.startsWith('{')) planted.learn(JSON.parse(text));
    else if (operationId === 'readJobSecrets')
      for (const line of text.trim().split('\n').slice(1))
        planted.plant('a secret of an import', line.split(',')[2] ?? '');
    if (operationId === 'importDevices' && response.status === 202)
      ids = { ...ids, jobId: (JSON.parse(text) as { jobId: string }).jobId };
    planted.say(`headers of ${operationId}`, [...response.headers]);
    const position = Number(response.headers.get('tallystick-position') ?? 0);
    return { status: response.status, position, requestId };
  }
  const admin = 'Bearer admin-token-of-the-spec';
  const json = { 'content-type': 'application/json' };

  /** A body that the operation takes, with secrets wherever it takes some. */
  function bodyOf({ body, operationId }: Route): object | null {
    if (operationId === 'createDevice')
      return { productKey: ids['productKey'], deviceKey: 'made', deviceSecret: secret.device };
    if (operationId === 'createProduct')
      return { name: 'P', productKey: `made_${dialect}`, productSecret: secret.product };
    if (operationId === 'resetDeviceSecret') return { deviceSecret: secret.device };
    if (operationId === 'resetProductSecret') return { productSecret: secret.product };
    if (operationId === 'switchUnit') return { clientId: ids['clientId'] };
    return body === undefined ? null : (EXAMPLES[body] as object);
  }

  /** Files of an import: good rows, and refused ones. */
  const file = (): RequestInit => ({
    headers: { 'content-type': 'text/csv' },
    body: [
      'productKey,deviceKey,deviceSecret',
      `${ids['productKey']},i1,${JSON.stringify(secret.device).replaceAll('\\"', '""')}`,
      `${ids['productKey']},i2,${secret.unicode}`,
      `${ids['productKey']},${'x'.repeat(200)},${secret.bearer}`,
      `${ids['productKey']},i3,`,
    ].join('\n'),
  });

  function good(route: Route): RequestInit {
    if (route.streams) return file();
    const body = bodyOf(route);
    return body === null ? {} : { headers: json, body: JSON.stringify(body) };
  }

  beforeAll(async () => {
    if (dialect === 'postgres') await database.create();
    const settings = dialect === 'postgres' ? { DATABASE_URL: database.url } : {};
    registry = await startTestRegistry(settings, undefined, planted.logger());
    const post = async (path: string, body: object) => {
      const answer = await registry.call('POST', `/api/v1${path}`, { body });
      expect(answer.status, path).toBe(201);
      planted.learn(answer.body);
      return answer.body;
    };
    const productKey = `own_${dialect}`;
    const policy = { dialect: 'alibaba', dynamicActivation: true, registrationFree: true };
    await post('/products', { name: 'Own', productKey, productSecret: secret.product, ...policy });
    const claim = { productKey, deviceKey: 'unit', gatewayId: 'gw-1', dialect: 'alibaba' };
    const granted = await vi.waitFor(
      async () => {
        const answer = await registry.internal('/internal/v1/claims', { ...claim, claimId: 'c' });
        expect(answer.body).toMatchObject({ granted: true });
        return answer.body;
      },
      { timeout: 20_000, interval: 100 },
    );
    planted.plant('a token of a unit', String(granted['deviceToken']));
    const revoked = await post('/tokens', { name: 'gone', scopes: ['read'] });
    const lacking = await post('/tokens', { name: 'poor', scopes: ['admin'], tenant: 'default' });
    poor = `Bearer ${String(lacking['token'])}`;
    ids = {
      ...{ productKey, deviceId: String(granted['deviceId']) },
      ...{ clientId: String(granted['clientId']), tokenId: String(revoked['id']) },
      ...{ sessionId: 'none', gatewayId: 'none', position: '1', jobId: 'none' },
    };
  });
  afterAll(async () => {
    await registry.stop();
    if (dialect === 'postgres') await database.drop();
  });

  it('given every operation, refused for its caller, then with secrets where none belong', async () => {
    const wrong = { deviceSecret: [secret.device], productSecret: { a: secret.product } };
    const bodies = [
      JSON.stringify(wrong),
      JSON.stringify({ deviceSecret: secret.unicode, productSecret: secret.unicode }),
      `{"deviceSecret":${JSON.stringify(secret.device)},"productSecret":`,
      JSON.stringify([secret.device, { token: secret.token }]),
    ];
    const tokens = ['Bearer ', 'Basic ', 'bearer  ', ''].map((scheme) => scheme + secret.bearer);
    for (const route of OPERATIONS) {
      for (const bearer of [...tokens, `Bearer ${secret.token}`])
        expect((await ask(route, good(route), bearer)).status, route.operationId).toBe(401);
      await ask(route, good(route), poor);
      await ask(route, { headers: { 'tallystick-tenant': secret.bearer } }, admin);
      if (route.method === 'get' || route.streams) continue;
      for (const body of bodies) await ask(route, { headers: json, body }, admin);
      for (const name of ['if-match', 'content-type', 'last-event-id', 'traceparent'])
        await ask(route, { headers: { [name]: secret.bearer }, body: bodies[0] ?? '' }, admin);
    }
    await registry.internal('/internal/v1/claims', wrong, secret.internal);
    planted.say('claim', (await registry.internal('/internal/v1/claims', wrong)).body);
  });

  it('given every operation, asked well, under a key that is asked again for something else', async () => {
    let last = (await registry.call('POST', '/api/v1/products', { body: { name: 'x' } })).position;
    for (const route of inOrder) {
      const { operationId } = route;
      const key = planted.plant('an Idempotency-Key', `idempotency-key-of-${operationId}`);
      const { headers, ...init } = good(route);
      const keyed = { ...init, headers: { ...(headers as object), 'idempotency-key': key } };
      const asked = await ask(route, keyed, admin);
      expect(asked.status, operationId).not.toBe(401);
      expect(asked.status, operationId).not.toBe(500);
      if (asked.position > last) changed.set(operationId, asked.requestId);
      last = Math.max(last, asked.position);
      if (route.method === 'get') continue;
      await ask(route, keyed, admin);
      await ask(route, { ...keyed, body: JSON.stringify({ deviceSecret: secret.device }) }, admin);
    }
    expect(changed.size).toBeGreaterThan(15);
  });

  it('then no secret stands in the audit, in the log or in an answer that refuses', async () => {
    const rows: AuditEntryDocument[] = [];
    let next = '';
    do {
      const page = await registry.call('GET', `/api/v1/audit?limit=1000${next}`);
      rows.push(...(page.body['data'] as AuditEntryDocument[]));
      const cursor = page.body['nextCursor'] as string | null;
      next = cursor === null ? '' : `&cursor=${cursor}`;
    } while (next !== '');
    planted.say('audit', rows);
    expect(rows.length).toBeGreaterThan(OPERATIONS.length);
    expect(planted.secrets).toBeGreaterThan(OPERATIONS.length);
    expect(planted.found()).toEqual([]);

    // Every change and every refusal has its row.
    const told = new Set(rows.map(({ requestId }) => requestId));
    const untold = [...changed].filter(([, id]) => !told.has(id));
    expect(untold).toEqual([]);
    const actions = new Set(rows.map(({ action }) => action));
    const unrefused = OPERATIONS.filter(
      ({ operationId }) => !actions.has(`${operationId} refused`),
    );
    expect(unrefused.map(({ operationId }) => operationId)).toEqual([]);
  });

  it('is a search that finds: a secret, whatever its spelling', () => {
    for (const spelling of [
      secret.unicode,
      JSON.stringify({ a: secret.device }),
      Buffer.from(`${secret.token}:`).toString('base64'),
      encodeURIComponent(secret.product),
    ]) {
      const search = new Planted();
      for (const [kind, value] of Object.entries(secret)) search.plant(kind, value);
      search.say('there', { deep: [new Error(`it said ${spelling}`)] });
      expect(search.found()).toEqual([expect.stringMatching(/ in there$/)]);
    }
  });
});
