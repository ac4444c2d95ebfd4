import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  deviceRecordKey,
  encodeJson,
  parseBusCommand,
  toCloudEventHeaders,
  TOPICS,
  type SessionDescription,
} from '@tallystick/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFakeGateway, type FakeGateway } from './testing/fake-gateway.ts';
import { ADMIN_TOKEN, startTestRegistry, type TestRegistry } from './testing/registry.builder.ts';

const V1 = '/api/v1';
const CLAIMS = '/internal/v1/claims';
const until = (assert: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(assert, { timeout: 15_000, interval: 20 });

describe('a registry and its gateways', () => {
  let registry: TestRegistry;
  let call: TestRegistry['call'];
  let gateway: FakeGateway;
  let claims = 0;

  beforeAll(async () => {
    registry = await startTestRegistry({
      TALLYSTICK_LEASE_MS: '2000',
      TALLYSTICK_PENDING_MS: '2000',
    });
    ({ call } = registry);
    await until(async () => expect((await call('GET', '/readyz')).status).toBe(200));
    gateway = await createFakeGateway(registry, 'gw-1');
    await call('POST', `${V1}/products`, {
      body: { name: 'Free', productKey: 'free', registrationFree: true, dynamicActivation: true },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await registry.stop();
  });

  const claim = (deviceKey: string, more: object = {}) =>
    registry.internal(CLAIMS, {
      ...{ productKey: 'free', deviceKey, gatewayId: 'gw-1', dialect: 'alibaba' },
      claimId: `claim-${(claims += 1)}`,
      ...more,
    });
  const unitsOf = async (deviceId: unknown) =>
    (await call('GET', `${V1}/devices/${String(deviceId)}/units`)).body as {
      used: number;
      open: boolean;
      data: { clientId: string; state: string }[];
    };
  const session = (deviceKey: string, granted: Record<string, unknown>): SessionDescription => ({
    sessionId: `s-${String(granted['clientId'])}`,
    ...{ tenant: 'default', productKey: 'free', deviceKey, generation: 1, dialect: 'alibaba' },
    deviceId: String(granted['deviceId']),
    unit: String(granted['clientId']),
    clientId: String(granted['clientId']),
    ...{ transport: 'tcp', remoteAddress: '10.0.0.1:9', secretVersion: null, openedAt: Date.now() },
  });
  const activate = (deviceKey: string, granted: Record<string, unknown>) =>
    registry.signal({
      ...{ gatewayId: 'gw-1', incarnation: 'i1', term: 1 },
      signals: [
        {
          type: 'activated',
          session: session(deviceKey, granted),
          method: 'registration-free',
          at: Date.now(),
        },
      ],
    });

  it('given a write, then its effects wait for the gateway and say when it applied the position; the gateway is listed', async () => {
    await until(async () =>
      expect((await call('GET', `${V1}/effects/1`)).body).toMatchObject({ unknown: false }),
    );
    const { position } = await call('PATCH', `${V1}/products/free`, { body: { maxUnits: 4 } });
    const { body } = await call('GET', `${V1}/effects/${position}?wait=10`);
    expect(body).toMatchObject({
      position,
      total: 1,
      applied: 1,
      unknown: false,
      gateways: [{ gatewayId: 'gw-1', applied: true, sessionsCut: 0, fencesAt: null }],
    });
    const { body: list } = await call('GET', `${V1}/gateways`);
    expect(list['data']).toMatchObject([{ gatewayId: 'gw-1', incarnation: 'i1' }]);
    await call('PATCH', `${V1}/products/free`, { body: { maxUnits: 5 } });
  });

  it('given a position that the store has not reached, then 404', async () => {
    expect(await call('GET', `${V1}/effects/100000`)).toMatchObject({
      status: 404,
      body: { code: 'position-unknown' },
    });
  });

  it('given the internal port, then it has a credential and problems of its own', async () => {
    expect(await registry.internal(CLAIMS, {}, 'wrong')).toMatchObject({ status: 401 });
    expect(await registry.internal('/internal/v1/none', {})).toMatchObject({
      status: 404,
      body: { code: 'route-unknown' },
    });
    expect(await registry.internal(CLAIMS, { productKey: 'free' })).toMatchObject({
      status: 400,
      body: { code: 'invalid-field' },
    });
  });

  it('given six claims for a new name, then five are granted once the gateway knows, and the sixth is refused with a reason', async () => {
    const granted = [];
    for (let n = 0; n < 5; n += 1) granted.push((await claim('five')).body);
    for (const each of granted) {
      expect(each).toMatchObject({ granted: true, tenant: 'default', generation: 1 });
      expect(gateway.fastPosition()).toBeGreaterThanOrEqual(Number(each['position']));
    }
    expect((await claim('five')).body).toEqual({ granted: false, reason: 'slots-full' });
    const units = await unitsOf(granted[0]?.['deviceId']);
    expect(units).toMatchObject({ capacity: 5, used: 5, open: true });
    expect(new Set(units.data.map(({ clientId }) => clientId)).size).toBe(5);
  });

  it('given a unit that claims and hangs up again and again, then the 21st claim from its address changes nothing', async () => {
    const from = { address: '2001:db8:1:2::1' };
    const place = { tenant: 'default', productKey: 'free', deviceKey: 'hangs-up' };
    let path = '';
    for (let n = 0; n < 20; n += 1) {
      const { body } = await claim('hangs-up', from);
      path = `${V1}/devices/${String(body['deviceId'])}/timeline`;
      expect(body).toMatchObject({ granted: true });
      const { generation, clientId } = body;
      const release = { ...place, generation, clientId, reason: 'connection-lost' };
      await registry.internal(`${CLAIMS}/release`, release);
    }
    const timeline = async () => (await call('GET', path)).body['data'];
    const before = await timeline();
    for (const address of [from.address, '2001:db8:1:2::ffff'])
      expect((await claim('hangs-up', { address })).body).toEqual({
        granted: false,
        reason: 'too-many-requests',
      });
    expect(await timeline()).toEqual(before);
    expect((await claim('hangs-up', { address: '10.0.0.9' })).body).toMatchObject({
      granted: true,
    });
  });

  it('given the same claim id, then the same unit; a released one frees its slot', async () => {
    const first = await claim('twice', { claimId: 'the-same' });
    expect((await claim('twice', { claimId: 'the-same' })).body).toEqual(first.body);
    const { clientId, deviceId, generation } = first.body;
    const release = { tenant: 'default', productKey: 'free', deviceKey: 'twice', generation };
    const body = { ...release, clientId, reason: 'connection-lost' };
    expect(await registry.internal(`${CLAIMS}/release`, body)).toMatchObject({ status: 200 });
    expect(await registry.internal(`${CLAIMS}/release`, body)).toMatchObject({ status: 200 });
    expect(await unitsOf(deviceId)).toMatchObject({ used: 0 });
  });

  it('given no such product, or one without registration-free, then the claim is refused with its reason', async () => {
    expect((await claim('x', { productKey: 'none' })).body).toEqual({
      granted: false,
      reason: 'unknown-product',
    });
    await call('POST', `${V1}/products`, { body: { name: 'Off', productKey: 'off' } });
    expect((await claim('x', { productKey: 'off' })).body).toEqual({
      granted: false,
      reason: 'dynamic-activation-off',
    });
  });

  it('given first logins, told twice, then the device is activated once and its units are active', async () => {
    const granted = (await claim('active')).body;
    await activate('active', granted);
    await activate('active', granted);
    const path = `${V1}/devices/${String(granted['deviceId'])}`;
    await until(async () =>
      expect(await call('GET', path)).toMatchObject({ body: { lifecycle: 'active' } }),
    );
    expect((await unitsOf(granted['deviceId'])).data).toMatchObject([{ state: 'active' }]);
    const { body } = await call('GET', `${path}/timeline`);
    const types = (body['data'] as { type: string }[]).map(({ type }) => type);
    expect(types.filter((type) => type === 'DeviceActivated')).toHaveLength(1);
  });

  it('given a unit that never comes, then its slot is free after its time', async () => {
    const granted = (await claim('absent')).body;
    await until(async () =>
      expect(await unitsOf(granted['deviceId'])).toMatchObject({ used: 0, data: [] }),
    );
  });

  it('given Switch, then the other units are forbidden and the name is closed; undo works; a purge frees the slot when every gateway knows', async () => {
    const one = (await claim('switch')).body;
    const two = (await claim('switch')).body;
    await activate('switch', one);
    await activate('switch', two);
    await until(async () =>
      expect((await unitsOf(one['deviceId'])).data).toMatchObject([
        { state: 'active' },
        { state: 'active' },
      ]),
    );
    const units = `${V1}/devices/${String(one['deviceId'])}/units`;
    const switched = await call('POST', `${units}/switch`, { body: { clientId: one['clientId'] } });
    expect(switched).toMatchObject({ status: 200, body: { open: false, used: 2 } });
    expect((await claim('switch')).body).toEqual({ granted: false, reason: 'name-closed' });
    expect(await call('POST', `${units}/undo`)).toMatchObject({
      status: 200,
      body: { open: true },
    });
    await call('POST', `${units}/switch`, { body: { clientId: one['clientId'] } });
    expect(await call('DELETE', `${units}/nobody`)).toMatchObject({
      status: 404,
      body: { code: 'unit-unknown' },
    });
    expect((await call('DELETE', `${units}/${String(two['clientId'])}`)).status).toBe(204);
    await until(async () => expect(await unitsOf(one['deviceId'])).toMatchObject({ used: 1 }));
    expect(await call('POST', `${units}/undo`)).toMatchObject({
      status: 409,
      body: { code: 'unit-state' },
    });
    expect(await call('POST', `${units}/reopen`)).toMatchObject({ body: { open: true } });
    expect((await claim('switch')).body).toMatchObject({ granted: true });
  });

  it('given decisions of gateways, then explain shows them, the newest first', async () => {
    const { body } = await call('POST', `${V1}/devices`, {
      body: { productKey: 'free', deviceKey: 'why' },
    });
    const begun = Date.now();
    const decision = (count: number, clientId: string | null, topic: string = TOPICS.explain) => ({
      topic,
      key: deviceRecordKey('default', 'free', 'why'),
      headers: {},
      value: encodeJson({
        ...{ decision: 'deny', reason: 'bad-secret', rule: 'alibaba.static.hmacsha256', count },
        ...{ productKey: 'free', deviceKey: 'why', clientIdHash: 'x', gatewayId: 'gw-1' },
        ...{ viewPosition: 3, secretVersion: 1, clientId },
        from: new Date(begun + count).toISOString(),
        to: new Date(begun + count).toISOString(),
      }),
    });
    // What the public topic tells besides is not stored once more.
    await registry.publish(decision(9, 'A', TOPICS.decisions));
    await registry.publish(decision(1, 'A'), decision(2, null), decision(3, 'B{ip=1}'));
    const explained = async (query = '') => {
      const path = `${V1}/devices/${String(body['deviceId'])}/explain${query}`;
      return (await call('GET', path)).body['data'];
    };
    await until(async () => {
      expect(await explained()).toMatchObject([
        { decision: 'deny', reason: 'bad-secret', count: 3, secretVersion: 1, clientId: 'B{ip=1}' },
        { count: 2, clientId: null },
        { count: 1, clientId: 'A' },
      ]);
    });
    expect(await explained(`?clientId=${encodeURIComponent('B{ip=1}')}`)).toMatchObject([
      { count: 3 },
    ]);
    expect(await explained('?clientId=nobody')).toEqual([]);
  });

  it('given sessions that open and close, then status, sessions and timeline show it, and one can be ended by its id', async () => {
    const { body } = await call('POST', `${V1}/devices`, {
      body: { productKey: 'free', deviceKey: 'seen' },
    });
    const deviceId = String(body['deviceId']);
    const path = `${V1}/devices/${deviceId}`;
    const granted = { clientId: 'c-seen', deviceId };
    const of = { ...session('seen', granted), unit: null };
    const activated = { type: 'activated', session: of, method: 'static', at: Date.now() } as const;
    await registry.signal({ gatewayId: 'gw-1', incarnation: 'i1', term: 1, signals: [activated] });
    const data = {
      ...{ deviceId, productKey: 'free', deviceKey: 'seen', generation: 1, epoch: 1 },
      ...{ sessionId: 's-seen', clientId: 'c-seen', gatewayId: 'gw-1', transport: 'tcp' },
      ...{ dialect: 'alibaba', remoteAddress: '10.0.0.1:9', openedAt: new Date().toISOString() },
    };
    const tell = (type: string, more: object = {}) => ({
      topic: TOPICS.presence,
      key: deviceRecordKey('default', 'free', 'seen'),
      value: encodeJson({ ...data, ...more }),
      headers: toCloudEventHeaders({
        ...{ app: 'session-tracker', id: `e-${type}`, type, schemaVersion: 1, time: Date.now() },
        ...{ tenant: 'default', subject: deviceId, actor: 'gateway:gw-1', correlationId: 'c' },
        ...{ causationId: 'c', place: { in: 'sessions', epoch: 1 } },
      }),
    });
    await registry.publish(tell('SessionOpened'), tell('DeviceOnline'));
    await until(async () =>
      expect((await call('GET', path)).body).toMatchObject({ status: 'online', epoch: 1 }),
    );
    const stale = { headers: { 'if-match': '"1"' } };
    expect((await call('DELETE', `${V1}/sessions/s-seen`, stale)).status).toBe(412);
    const once = { headers: { 'idempotency-key': 'end-of-s-seen' } };
    expect((await call('DELETE', `${V1}/sessions/s-seen`, once)).status).toBe(204);
    const kicks: unknown[] = [];
    const reader = await registry.bus.subscribe({
      ...{ topics: [TOPICS.commands], group: 'spec-kicks', from: 'earliest' },
      onBatch: async ({ records }) => {
        kicks.push(...records.map(({ value }) => parseBusCommand(value)));
      },
    });
    await until(() =>
      expect(kicks).toMatchObject([{ kind: 'kick', sessionId: 's-seen', gatewayId: 'gw-1' }]),
    );
    await reader.close();
    const closed = { reason: 'kicked', closedAt: new Date().toISOString() };
    await registry.publish(tell('SessionClosed', closed), tell('DeviceOffline', closed));
    await until(async () =>
      expect((await call('GET', path)).body).toMatchObject({ status: 'offline' }),
    );
    expect((await call('GET', `${path}/sessions`)).body['data']).toMatchObject([
      { sessionId: 's-seen', closeReason: 'kicked', remoteAddress: '10.0.0.1:9' },
    ]);
    const timeline = (await call('GET', `${path}/timeline`)).body['data'] as { type: string }[];
    expect(timeline.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['DeviceRegistered', 'DeviceActivated', 'DeviceOnline']),
    );
    const ofUnit = async (what: string, clientId: string) =>
      (await call('GET', `${path}/${what}?clientId=${clientId}`)).body['data'] as {
        readonly type?: string;
      }[];
    expect(await ofUnit('sessions', 'c-seen')).toHaveLength(1);
    // The registry's clock and the tracker's give their times: which comes first is not told.
    const types = (await ofUnit('timeline', 'c-seen')).map(({ type }) => type);
    expect(types.toSorted()).toEqual(['DeviceActivated', 'DeviceOffline', 'DeviceOnline']);
    for (const what of ['sessions', 'timeline']) expect(await ofUnit(what, 'other')).toEqual([]);
    expect((await call('GET', `${path}/sessions?clientId=`)).status).toBe(400);
    expect(timeline.at(-1)).toMatchObject({ type: 'DeviceOffline', position: null, data: closed });
    expect((await call('DELETE', `${V1}/sessions/s-seen`)).status).toBe(404);
    expect((await call('DELETE', `${V1}/sessions/s-seen`, once)).status).toBe(204);
    expect((await call('GET', `${V1}/audit?subject=s-seen`)).body['data']).toMatchObject([
      { action: 'endSession', actor: 'token:admin', detail: `of device ${deviceId}` },
    ]);
  });

  const follow = async (query: string, headers: Record<string, string> = {}) => {
    const stop = new AbortController();
    const response = await fetch(`${registry.url}${V1}/events/stream?${query}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
      signal: stop.signal,
    });
    const seen = { text: '' };
    const reading = (async () => {
      for await (const part of response.body ?? []) seen.text += Buffer.from(part).toString();
    })().catch(() => undefined);
    const end = async (): Promise<void> => {
      stop.abort();
      await reading;
    };
    return { response, seen, end };
  };

  it('given a live reader, then it sees what is relayed', async () => {
    const { response, seen, end } = await follow('from=earliest');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await until(() => expect(seen.text).toContain('"type":"tallystick.ProductCreated.v1"'));
    expect(seen.text).not.toMatch(/secretId|tokenHash/);
    await end();
    const bad = await call('GET', `${V1}/events/stream?topic=internal.credentials.v1`);
    expect(bad).toMatchObject({ status: 400, body: { code: 'invalid-field' } });
  });

  it('given a live reader that returns with its last id, then it continues after that id, whatever the URL says', async () => {
    const before = await follow('from=earliest');
    await until(() => expect(before.seen.text).toContain('"globalposition":"1"'));
    await before.end();
    const id = /^id: (.+)$/m.exec(before.seen.text)?.[1] ?? '';
    await call('POST', `${V1}/products`, { body: { name: 'Later', productKey: 'later' } });
    const after = await follow('from=latest', { 'last-event-id': id });
    await until(() => expect(after.seen.text).toContain('"productKey":"later"'));
    expect(after.seen.text).not.toContain('"globalposition":"1"');
    expect(after.seen.text).toContain('"globalposition":"2"');
    await after.end();
    const malformed = await follow('', { 'last-event-id': 'none' });
    expect(malformed.response.status).toBe(400);
    await malformed.end();
  });

  it('given HEAD of the live stream, then the next call of its connection is answered', async () => {
    const { port, hostname } = new URL(registry.url);
    const headers = `Host: ${hostname}\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n`;
    const socket = connect(Number(port), hostname);
    socket.write(`HEAD ${V1}/events/stream HTTP/1.1\r\n${headers}\r\n`);
    socket.write(`GET /healthz HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
    const answers = await text(socket);
    expect(answers).toMatch(/^HTTP\/1\.1 200 [^]*text\/event-stream[^]*HTTP\/1\.1 200 [^]*"ok"/);
  });

  it('given a live reader that names a position no view has, then view-behind', async () => {
    const ahead = await call('GET', `${V1}/events/stream?after=1000000`);
    expect(ahead).toMatchObject({ status: 503, body: { code: 'view-behind' } });
  });

  it('given a gateway that falls silent, then claims do not wait for it, and effects say when it fences itself', async () => {
    await gateway.fallSilent();
    await until(async () => {
      const [row] = (await call('GET', `${V1}/gateways`)).body['data'] as { leaseUntil: string }[];
      expect(Date.parse(row?.leaseUntil ?? '')).toBeLessThan(Date.now());
    });
    const { body } = await claim('silent');
    expect(body).toMatchObject({ granted: true });
    // Nobody who holds a lease is missing: the answer does not wait for the one that is gone.
    const asked = Date.now();
    const position = String(body['position']);
    const effects = (await call('GET', `${V1}/effects/${position}?wait=30`)).body;
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(effects).toMatchObject({ total: 1, applied: 0 });
    const [silent] = effects['gateways'] as { fencesAt: string }[];
    expect(Date.parse(silent?.fencesAt ?? '')).toBeGreaterThan(Date.now());
  });
});
