import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { recordedRequests, wireOf, type RecordedRequest } from '../fixtures/parse-http-requests.ts';
import type { DeviceRequest, WireRequest } from './device-request.types.ts';
import { readDeviceRequest } from './read-device-request.ts';

const FORM = 'application/x-www-form-urlencoded';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function post(path: string, body: string, over: Partial<WireRequest> = {}): DeviceRequest | null {
  const type = path.startsWith('/auth/') && !body.startsWith('{') ? FORM : 'application/json';
  const headers = new Map([['content-type', type]]);
  const wire = { method: 'POST', path, query: '', headers, body: bytes(body) };
  return readDeviceRequest({ ...wire, ...over });
}

function parsedOf(request: DeviceRequest | null) {
  if (request?.kind === 'guide') return request.login?.parsed;
  return request?.kind === 'login' || request?.kind === 'register' ? request.parsed : undefined;
}

function proofOf({ scheme, algorithm, contents, secret }: RecordedRequest): string {
  const [content = ''] = contents;
  if (scheme === 'hmac') return createHmac(algorithm, secret).update(content).digest('hex');
  if (scheme === 'keyed-by-content')
    return createHmac(algorithm, content).update(secret).digest('hex');
  return createHash(algorithm)
    .update(content + secret)
    .digest('hex');
}

describe('a recorded login over HTTP', () => {
  it.each(recordedRequests)('$name ($origin) is read as it was signed', (recorded) => {
    const request = readDeviceRequest(wireOf(recorded));
    expect(request?.route).toBe(recorded.route);
    const { presented, algorithm, scheme, kind } = recorded;
    expect(parsedOf(request)).toMatchObject({
      kind: 'claims',
      ...recorded.names,
      claims: [
        {
          ...{ kind, presented, checks: recorded.checks ?? null },
          candidates: recorded.contents.map((content) => ({ content, algorithm, scheme })),
        },
      ],
    });
  });

  it.each(recordedRequests)('$name carries the proof of its secret', (recorded) => {
    expect(proofOf(recorded)).toBe(recorded.presented);
  });
});

describe('the terms of a token', () => {
  it.each([
    ['A18', { lifetimeMs: 172_800_000, graceMs: 0 }],
    ['E11', { lifetimeMs: 86_400_000, graceMs: 0 }],
    ['H4', { lifetimeMs: 86_400_000, graceMs: 30_000 }],
  ])('of %s are its vendor’s', (vector, terms) => {
    const recorded = recordedRequests.find(({ name }) => name.startsWith(`${vector} `));
    expect(recorded && readDeviceRequest(wireOf(recorded))).toMatchObject({ terms });
  });
});

describe('what is malformed', () => {
  const register = 'productKey=pk&deviceName=dn&random=1&sign=ab&signMethod=hmacsha1';
  it.each([
    ['no field at all', ''],
    ['no product', register.replace('productKey=pk&', '')],
    ['no random', register.replace('random=1', 'random=')],
    ['no sign', register.replace('sign=ab', 'sign=')],
    ['no method', register.replace('&signMethod=hmacsha1', '')],
    ['a field twice', `${register}&deviceName=dn`],
    ['a field as an array', register.replace('deviceName', 'deviceName[]')],
    ['a percent sign before no code', register.replace('dn', 'd%zz')],
    ['a name of another product below it', register.replace('dn', 'dn%26x')],
    ['more fields than anybody sends', `${register}&${'a=1&'.repeat(99)}`],
  ])('a registration with %s is', (_, body) => {
    const request = post('/auth/register/device', body);
    expect(request).toMatchObject({ kind: 'register', parsed: { kind: 'malformed' } });
  });

  it('a registration by a method that Alibaba has not, has a fault of its own', () => {
    const request = post('/auth/register/device', register.replace('hmacsha1', 'hmacsha512'));
    expect(request).toMatchObject({ fault: 'sign-method', parsed: { productKey: 'pk' } });
  });

  const enos = { signMethod: 'sha256', lifetime: 1000, sign: 'ab' };
  const huawei = {
    device_id: 'd',
    sign_type: 0,
    timestamp: '2018072123',
    password: 'a'.repeat(64),
  };
  const alibaba = { productKey: 'pk', deviceName: 'dn', clientId: 'c', sign: 'ab' };
  it.each([
    ['/auth', {}],
    ['/auth', { ...alibaba, productKey: undefined }],
    ['/auth', { ...alibaba, deviceName: ['dn'] }],
    ['/auth', { ...alibaba, clientId: 'c'.repeat(65) }],
    ['/auth', { ...alibaba, clientId: undefined }],
    ['/auth', { ...alibaba, signmethod: '__proto__' }],
    ['/auth', { ...alibaba, sign: 'a'.repeat(129) }],
    ['/auth', { ...alibaba, timestamp: '1'.repeat(33) }],
    ['/auth/pk/dk', { ...enos, lifetime: 0 }],
    ['/auth/pk/dk', { ...enos, lifetime: 1.5 }],
    ['/auth/pk/dk', { ...enos, lifetime: 9_999_999_999 }],
    ['/auth/pk/dk', { ...enos, signMethod: 'constructor' }],
    ['/auth/pk/dk', { ...enos, signMethod: undefined }],
    ['/auth/pk/dk', { ...enos, secureMode: 3 }],
    ['/auth/p%2Fk/dk', enos],
    ['/auth/pk/%zz', enos],
    ['/v5/device-auth', { ...huawei, sign_type: 2 }],
    ['/v5/device-auth', { ...huawei, timestamp: '20180721' }],
    ['/v5/device-auth', { ...huawei, password: 'x' }],
    ['/v5/device-auth', { ...huawei, device_id: 'a/b' }],
  ])('%s with %j is', (path, body) => {
    const request = post(path, JSON.stringify(body));
    expect(parsedOf(request)).toMatchObject({
      kind: 'malformed',
      reason: 'malformed-credentials',
    });
  });

  it.each(['[]', 'null', '"x"', '{"a":', '\u0000'])('JSON that is %s is', (body) => {
    const headers = new Map([['content-type', 'application/json']]);
    for (const path of ['/auth', '/auth/pk/dk', '/v5/device-auth'])
      expect(parsedOf(post(path, body, { headers }))).toMatchObject({ kind: 'malformed' });
  });
});

describe('what is answered whoever sent it', () => {
  const paths = [
    ...['/auth', '/auth/register/device', '/auth/devicename', '/topic/a/b', '/auth/pk/dk'],
    ...['/v5/device-auth', '/v5/devices/d/sys/messages/up'],
  ];
  it.each(paths)('%s by another method', (path) => {
    expect(post(path, '', { method: 'PUT' })).toMatchObject({ kind: 'faulty', fault: 'method' });
  });

  it.each(paths)('%s with a body that is too large, or that cannot be followed', (path) => {
    for (const body of ['too-large', 'broken'] as const)
      expect(post(path, '', { body })).toMatchObject({ kind: 'faulty', fault: body });
  });

  it.each([...paths.slice(0, 3), '/auth/pk/dk', '/v5/device-auth'])('%s in XML', (path) => {
    const headers = new Map([['content-type', 'text/xml']]);
    expect(post(path, '<a/>', { headers })).toMatchObject({ fault: 'media-type' });
  });
});

describe('an uplink', () => {
  it.each([
    ['/topic/pk/dn/user/update', '/pk/dn/user/update'],
    ['/topic//pk/dn/user/update', '/pk/dn/user/update'],
    ['/topic/sys/pk/d%40n/thing/x', '/sys/pk/d@n/thing/x'],
  ])('of Alibaba to %s has MQTT’s topic', (path, topic) => {
    const headers = new Map([['password', 'T']]);
    const request = post(path, 'up', { headers });
    expect(request).toMatchObject({ route: 'alibaba-topic', token: 'T', topic });
  });

  it('of EnOS has the token in its query, and an id to repeat', () => {
    const query = 'sessionId=T';
    const path = '/topic/sys/pk/dk/thing/measurepoint/post';
    expect(post(path, '{"id":"7"}', { query })).toMatchObject({
      ...{ route: 'enos-topic', token: 'T', id: '7', topic: path.slice(6) },
    });
    expect(post(path, '\u0001', { query })).toMatchObject({ route: 'enos-topic', id: null });
    expect(post(path, '{"id":7}', { query: 'sessionId=' })).toMatchObject({ token: null, id: '7' });
  });

  it('of Huawei names the device in its path', () => {
    const headers = new Map([['access_token', 'T']]);
    expect(post('/v5/devices/d_1/sys/messages/up', 'any', { headers })).toMatchObject({
      ...{ route: 'huawei-up', token: 'T', topic: '$oc/devices/d_1/sys/messages/up' },
    });
  });

  it.each(['{}', '[]', '{"services":{}}', 'x'])(
    'report of Huawei that is %s is malformed',
    (body) => {
      const path = '/v5/devices/d/sys/properties/report';
      expect(post(path, body)).toMatchObject({ kind: 'faulty', fault: 'malformed' });
    },
  );
});

describe('pre-auth', () => {
  it.each([
    [
      'LinkSDK 4',
      'POST',
      '/auth/bootstrap',
      'productKey=pk&deviceName=dn&clientId=pk.dn&resources=mqtt',
    ],
    ['LinkSDK 4 by region', 'GET', '/auth/bootstrap/regionId/cn-shanghai', ''],
  ])('of %s without a sign asks for the address alone', (_, method, path, body) => {
    const headers = new Map([['content-type', FORM]]);
    expect(post(path, body, { method, headers })).toMatchObject({ kind: 'guide', login: null });
  });

  it('/auth/devicename without a sign is malformed', () => {
    const request = post('/auth/devicename', 'productKey=pk&deviceName=dn&clientId=c');
    expect(parsedOf(request)).toMatchObject({ kind: 'malformed', productKey: 'pk' });
  });
});

describe('a path that is nobody’s', () => {
  it.each(['/', '/auth/', '/auth/a/b/c', '/topic', '/v5/devices/a/b/sys/messages/up', '/api/v1'])(
    '%s is not read',
    (path) => {
      expect(post(path, '{}')).toBeNull();
    },
  );
});
