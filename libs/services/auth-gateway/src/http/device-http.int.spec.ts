import { TOPICS } from '@tallystick/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin } from '../fixtures/alibaba-wire.ts';
import { device, product } from '../fixtures/credentials.ts';
import { closeOf, GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';
import {
  alibabaAuth,
  alibabaUplink,
  askHttp,
  enosAuth,
  enosUplink,
  huaweiAuth,
  huaweiUplink,
  preAuth,
  type HttpAsk,
  type HttpHeard,
} from '../fixtures/http-wire.ts';

const WAIT = { timeout: 10_000 };

let world: GatewayWorld;
let gateway: StartedGateway;
beforeEach(async () => {
  world = await GatewayWorld.open();
  await world.relay('bulk', product());
  await world.relay('bulk', device());
  gateway = await world.start();
  await vi.waitFor(() => expect(gateway.service.ready()).toBe(true), WAIT);
});
afterEach(() => world.close());

const ask = (asked: HttpAsk): Promise<HttpHeard> =>
  askHttp(gateway.ports['deviceHttp'] ?? 0, asked);
const moves = () => world.signals().map(({ type }) => type);
const untilMoves = (...expected: readonly string[]): Promise<void> =>
  vi.waitFor(() => expect(moves()).toEqual(expected), WAIT);
const telemetry = () => world.records.filter(({ topic }) => topic === 'telemetry.default.v1');

const explained = () =>
  world.records
    .filter(({ topic }) => topic === TOPICS.decisions)
    .map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()) as { reason: string });

/** The three vendors, as one. */
const VENDORS = [
  {
    vendor: 'alibaba',
    auth: (secret: string) => alibabaAuth('dn', secret),
    tokenIn: ({ body }: HttpHeard) => String((body['info'] as { token: string }).token),
    uplink: (token: string) => alibabaUplink('/pk/dn/user/update', token),
    foreign: (token: string) => alibabaUplink('/pk/other/user/update', token),
    topic: '/pk/dn/user/update',
    taken: { code: 0, message: 'success' },
    over: { status: 200, body: { code: 20001 } },
    wrong: { status: 200, body: { code: 20000 } },
    notOwn: { status: 200, body: { code: 30001 } },
    disabled: { status: 200, body: { code: 20000 } },
  },
  {
    vendor: 'enos',
    auth: (secret: string) => enosAuth('dn', secret),
    tokenIn: ({ body }: HttpHeard) => String((body['data'] as { sessionId: string }).sessionId),
    uplink: (token: string) => enosUplink('/sys/pk/dn/thing/measurepoint/post', token),
    foreign: (token: string) => enosUplink('/sys/pk/other/thing/measurepoint/post', token),
    topic: '/sys/pk/dn/thing/measurepoint/post',
    taken: { id: '7', code: 200 },
    over: { status: 200, body: { id: '7', code: 401 } },
    wrong: { status: 200, body: { code: 742 } },
    notOwn: { status: 200, body: { code: 740 } },
    disabled: { status: 200, body: { code: 723 } },
  },
  {
    vendor: 'huawei',
    auth: (secret: string) => huaweiAuth('dv_dn', secret),
    tokenIn: ({ body }: HttpHeard) => String(body['access_token']),
    uplink: (token: string) => huaweiUplink('dv_dn', token, 'properties/report'),
    foreign: (token: string) => huaweiUplink('dv_other', token),
    topic: '$oc/devices/dv_dn/sys/properties/report',
    taken: {},
    over: { status: 401, body: { error_code: 'IOTDA.000002' } },
    wrong: { status: 401, body: { error_code: 'IOTDA.000002' } },
    notOwn: { status: 403, body: { error_code: 'IOTDA.000004' } },
    disabled: { status: 403, body: { error_code: 'IOTDA.000002' } },
  },
] as const;

describe.each(VENDORS)('a device of $vendor', (of) => {
  const login = async (): Promise<string> => of.tokenIn(await ask(of.auth('secret')));

  it('is a session from its token on, by HTTP', async () => {
    expect(await login()).toMatch(/^[A-Za-z0-9_-]{43}$/);
    await untilMoves('opened');
    expect(world.signals()[0]).toMatchObject({
      session: { deviceId: 'dv_dn', transport: 'http', dialect: of.vendor, unit: null },
    });
  });

  it('has its message on the bus before it is answered, under the name that MQTT has for it', async () => {
    const heard = await ask(of.uplink(await login()));
    expect(heard).toMatchObject({ status: 200, body: of.taken });
    await vi.waitFor(() => expect(telemetry()).toHaveLength(1), WAIT);
    expect(telemetry()[0]).toMatchObject({
      key: 'default/pk/dn',
      headers: { topic: of.topic, dialect: of.vendor },
    });
  });

  it('given another’s topic, is refused by its vendor’s code; its session stays', async () => {
    const token = await login();
    expect(await ask(of.foreign(token))).toMatchObject(of.notOwn);
    expect(await ask(of.uplink(token))).toMatchObject({ status: 200, body: of.taken });
    expect(telemetry().every(({ headers }) => headers['topic'] === of.topic)).toBe(true);
  });

  it('given a wrong secret, or a name that nobody has, is refused alike', async () => {
    expect(await ask(of.auth('wrong'))).toMatchObject(of.wrong);
    expect(moves()).toEqual([]);
  });

  it('given it is disabled, loses its token, and gets no other', async () => {
    const token = await login();
    await world.relay('fast', device({ disabled: true, revision: 2, position: 3 }));
    await untilMoves('opened', 'closed');
    expect(world.signals()[1]).toMatchObject({ reason: 'disabled' });
    expect(await ask(of.uplink(token))).toMatchObject(of.over);
    expect(await ask(of.auth('secret'))).toMatchObject(of.disabled);
    expect(await ask(of.auth('wrong'))).toMatchObject(of.wrong);
  });

  it('takes over its session by HTTP, and not the one by MQTT', async () => {
    const mqtt = await world.connect(gateway.port, alibabaLogin('dn', 'secret'));
    let closed = false;
    void closeOf(mqtt).then(() => (closed = true));
    const token = await login();
    const next = await login();
    await untilMoves('opened', 'opened', 'closed', 'opened');
    expect(world.signals()[2]).toMatchObject({ reason: 'taken-over' });
    const old = await ask(of.uplink(token));
    expect(old).toMatchObject(of.vendor === 'huawei' ? { status: 200 } : of.over);
    expect(await ask(of.uplink(next))).toMatchObject({ status: 200, body: of.taken });
    expect(closed).toBe(false);
  });

  it('given the first login, is activated', async () => {
    await world.relay('fast', device({ active: false, revision: 2, position: 3 }));
    await vi.waitFor(
      () => expect(world.reports().at(-1)?.fastPosition).toBeGreaterThanOrEqual(3),
      WAIT,
    );
    await login();
    await untilMoves('opened', 'activated');
    expect(world.signals()[1]).toMatchObject({ method: 'static' });
  });

  it('given the gateway stops, has an end', async () => {
    await login();
    await untilMoves('opened');
    await gateway.service.stop();
    await untilMoves('opened', 'closed');
    expect(world.signals()[1]).toMatchObject({ reason: 'gateway-closing' });
  });
});

describe('explain', () => {
  it('tells what was refused over HTTP as over MQTT', async () => {
    await ask(alibabaAuth('dn', 'wrong'));
    await ask({ ...alibabaAuth('dn', 'secret'), body: '{"productKey":"pk","deviceName":"dn"}' });
    await vi.waitFor(
      () =>
        expect(explained()).toMatchObject([
          { decision: 'deny', reason: 'bad-secret', deviceKey: 'dn' },
          { decision: 'deny', reason: 'malformed-credentials', deviceKey: 'dn' },
        ]),
      WAIT,
    );
  });
});

describe('a foreign topic', () => {
  it('stands in explain, though its session goes on', async () => {
    const token = VENDORS[0].tokenIn(await ask(alibabaAuth('dn', 'secret')));
    await ask(VENDORS[0].foreign(token));
    const refused = { decision: 'deny', reason: 'topic-refused', deviceKey: 'dn' };
    await vi.waitFor(() => expect(explained()).toMatchObject([{ reason: 'ok' }, refused]), WAIT);
    expect(moves()).toEqual(['opened']);
  });
});

describe('a token', () => {
  it('given none, or one that nobody gave out, is asked for', async () => {
    const topic = '/pk/dn/user/update';
    const codes = [
      alibabaUplink(topic, ''),
      alibabaUplink(topic, 'x'),
      alibabaUplink(topic, 'a'.repeat(43)),
    ];
    const heard = await Promise.all(codes.map(ask));
    expect(heard.map(({ body }) => body['code'])).toEqual([20002, 20003, 20001]);
  });

  it('of EnOS is good for the lifetime that was asked', async () => {
    const heard = await ask(enosAuth('dn', 'secret', 1_000));
    await untilMoves('opened', 'closed');
    expect(world.signals()[1]).toMatchObject({ reason: 'silence' });
    const { sessionId } = heard.body['data'] as { sessionId: string };
    const late = await ask(enosUplink('/sys/pk/dn/thing/measurepoint/post', sessionId));
    expect(late).toMatchObject({ status: 200, body: { code: 401 } });
  });

  it('ends with the silence that its product allows', async () => {
    await world.relay('fast', product({ silenceSeconds: 1, revision: 2, position: 4 }));
    await ask(alibabaAuth('dn', 'secret'));
    await untilMoves('opened', 'closed');
    expect(world.signals()[1]).toMatchObject({ reason: 'silence' });
  });
});

describe('an hour that is compared', () => {
  it('given it is long past, is refused; given it is now, is let in', async () => {
    const now = new Date().toISOString().replace(/[-T]/g, '').slice(0, 10);
    expect((await ask(huaweiAuth('dv_dn', 'secret', '2018072123'))).status).toBe(401);
    expect((await ask(huaweiAuth('dv_dn', 'secret', now))).status).toBe(200);
  });
});

describe('pre-auth', () => {
  it('gives names and an address that a CONNECT is let in by', async () => {
    const { body } = await ask(preAuth('dn', 'secret'));
    const data = body['data'] as {
      readonly iotId: string;
      readonly iotToken: string;
      readonly resources: { readonly mqtt: { readonly host: string; readonly port: number } };
    };
    expect(data.resources.mqtt).toEqual({ host: '127.0.0.1', port: gateway.port });
    const login = { username: data.iotId, password: data.iotToken };
    for (const clientId of ['pk.dn', 'pk.dn|securemode=-1,timestamp=2524608000000,gw=0|'])
      await world.connect(gateway.port, { ...login, clientId });
    await vi.waitFor(() => expect(moves()).toContain('opened'), WAIT);
  });

  it('given a wrong secret, tells no address; given none is said, tells it to anybody', async () => {
    expect(await ask(preAuth('dn', 'wrong'))).toMatchObject({ body: { code: 401 } });
    const body = 'productKey=nobody&deviceName=x&clientId=nobody.x&resources=mqtt';
    const asked = { ...preAuth('dn', 'secret'), path: '/auth/bootstrap', body };
    const { data } = (await ask(asked)).body as { readonly data: object };
    expect(data).toEqual({ resources: { mqtt: { host: '127.0.0.1', port: gateway.port } } });
  });
});

describe('bad input', () => {
  const large = 'x'.repeat(1_048_576);
  it.each([
    ['wrong JSON', { ...alibabaAuth('dn', 'secret'), body: '{"' }, { code: 10001 }],
    ['1 MiB of it', { ...alibabaAuth('dn', 'secret'), body: large }, { code: 10001 }],
    ['1 MiB of it', { ...enosAuth('dn', 'secret'), body: large }, { code: 460 }],
    [
      '1 MiB of it',
      { ...huaweiAuth('dv_dn', 'secret'), body: large },
      { error_code: 'IOTDA.021105' },
    ],
    [
      'another type',
      { ...enosAuth('dn', 'secret'), headers: { 'content-type': 'text/xml' } },
      { code: 460 },
    ],
    ['no field', { ...huaweiAuth('dv_dn', 'secret'), body: '{}' }, { error_code: 'IOTDA.000006' }],
  ])('%s: the vendor’s code, and no session', async (_, asked, body) => {
    const heard = await ask(asked);
    expect(heard.body).toMatchObject(body);
    expect(moves()).toEqual([]);
  });
});
