import { TOPICS, type ActivationAnswer, type CredentialGone } from '@tallystick/contracts';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  alibabaLogin,
  enosLogin,
  registerClaim,
  type WireLogin,
} from '../fixtures/alibaba-wire.ts';
import { openClaimsServer } from '../fixtures/claims-server.ts';
import { device, product } from '../fixtures/credentials.ts';
import { enosActivation } from '../fixtures/enos-wire.ts';
import { closeOf, GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';
import { huaweiBootstrap, huaweiLogin } from '../fixtures/huawei-wire.ts';

const WAIT = { timeout: 10_000 };
const INFO = '/ext/session/pk/dn/thing/activate/info';
const grant = (over: object = {}): ActivationAnswer => ({
  ...{ granted: true, deviceSecret: 'secret', secretVersion: 1, deviceId: 'dv_dn' },
  ...{ generation: 1, tenant: 'default', position: 9, ...over },
});
const inactive = device({ active: false, revision: 2, position: 9 });

let world: GatewayWorld;
let registry: Awaited<ReturnType<typeof openClaimsServer>>;
let gateway: StartedGateway;
beforeEach(async () => {
  world = await GatewayWorld.open();
  registry = await openClaimsServer();
  registry.state.activation = grant();
  await world.relay('bulk', product({ dynamicActivation: true, position: 2 }));
  await world.relay('bulk', device({ active: false }));
  const env = { TALLYSTICK_REGISTRY_URL: `http://127.0.0.1:1,${registry.url}` };
  gateway = await world.start({ env });
  await vi.waitFor(() => expect(gateway.service.ready()).toBe(true), WAIT);
});
afterEach(async () => {
  await world.close();
  await registry.close();
});

const applied = (position: number) =>
  vi.waitFor(() => {
    const { fastPosition = 0, bulkPosition = 0 } = world.reports().at(-1) ?? {};
    expect(Math.min(fastPosition, bulkPosition)).toBeGreaterThanOrEqual(position);
  }, WAIT);

const moves = () => world.signals().map(({ type }) => type);

/** Every message that comes, from the first byte after CONNACK on. */
function heard(client: MqttClient) {
  const messages: { readonly topic: string; readonly text: string }[] = [];
  client.on('message', (topic, payload) => messages.push({ topic, text: payload.toString() }));
  return messages;
}

async function fetching(login: WireLogin = enosActivation('dn', 'psecret')) {
  const client = await world.connect(gateway.port, login);
  return { client, messages: heard(client) };
}

const refusedWith = (login: WireLogin, code: number) =>
  expect(world.connect(gateway.port, login)).rejects.toMatchObject({ code });

const reply = (client: MqttClient, body: object): Promise<unknown> =>
  client.publishAsync(`${INFO}_reply`, JSON.stringify({ id: '1', ...body }), { qos: 1 });

describe('a device of EnOS that fetches its secret', () => {
  it('has it after every SUBACK that covers its topic, and is no session', async () => {
    const { client, messages } = await fetching();
    await client.subscribeAsync(INFO);
    await vi.waitFor(() => expect(messages.length).toBeGreaterThan(0), WAIT);
    const { topic, text } = messages.at(-1) ?? { topic: '', text: '{}' };
    expect(topic).toBe(INFO);
    expect(JSON.parse(text)).toMatchObject({
      method: 'thing.activate.info',
      params: { assetId: 'dv_dn', productKey: 'pk', deviceKey: 'dn', deviceSecret: 'secret' },
    });
    expect(registry.calls[0]).toMatchObject({
      path: '/internal/v1/activations',
      authorization: 'Bearer internal',
      body: {
        ...{ productKey: 'pk', deviceKey: 'dn', gatewayId: 'gw-a', dialect: 'enos' },
        ...{ address: '127.0.0.1', deviceId: null, makes: false },
      },
    });
    expect(moves()).toEqual([]);
  });

  it('given that it answers with 200, then the session is its own, and says so', async () => {
    await world.relay('fast', inactive);
    await applied(9);
    const { client } = await fetching();
    await reply(client, { code: 200, data: {} });
    await vi.waitFor(() => expect(moves()).toEqual(['opened', 'activated']), WAIT);
    expect(world.signals()[1]).toMatchObject({
      method: 'dynamic',
      session: { deviceId: 'dv_dn', dialect: 'enos', secretVersion: 1, unit: null },
    });
    await client.publishAsync('/sys/pk/dn/thing/measurepoint/post', '{}', { qos: 1 });
    expect(world.records.some(({ topic }) => topic === 'telemetry.default.v1')).toBe(true);
    await vi.waitFor(() => expect(explained()).toContain('enos.dynamic.confirmed'), WAIT);
  });

  it('given a view that hears of the grant later, then the session is its own once it has', async () => {
    const { client } = await fetching();
    await reply(client, { code: 200, data: null, message: 'device activate success' });
    await reply(client, { code: 200 });
    expect(moves()).toEqual([]);
    await world.relay('fast', inactive);
    await vi.waitFor(() => expect(moves()).toEqual(['opened', 'activated']), WAIT);
  });

  it('given a view past the budget of a login, then the session is its own only once it is fresh', async () => {
    await world.relay('fast', inactive);
    const budget = { TALLYSTICK_BUDGET_SECRET_MS: '1000', TALLYSTICK_GATEWAY_ID: 'gw-b' };
    const strict = await world.start({ env: { TALLYSTICK_REGISTRY_URL: registry.url, ...budget } });
    await vi.waitFor(() => expect(strict.service.ready()).toBe(true), WAIT);
    const client = await world.connect(strict.port, enosActivation('dn', 'psecret'));
    const isFresh = (): boolean => {
      const own = world.reports().findLast(({ gatewayId }) => gatewayId === 'gw-b');
      return (own?.stalenessMs ?? Infinity) <= 1_000;
    };
    world.ticking = false;
    await vi.waitFor(() => expect(isFresh()).toBe(false), WAIT);
    await reply(client, { code: 200 });
    expect(moves()).toEqual([]);
    world.ticking = true;
    await vi.waitFor(() => expect(isFresh()).toBe(true), WAIT);
    await reply(client, { code: 200 });
    await vi.waitFor(() => expect(moves()).toEqual(['opened', 'activated']), WAIT);
  });

  it.each([
    ['another code', { code: 705 }],
    ['no code', { data: {} }],
  ])('given that it answers with %s, then nothing comes of it', async (_, body) => {
    await world.relay('fast', inactive);
    await applied(9);
    const { client } = await fetching();
    await reply(client, body);
    await client.publishAsync(`${INFO}_reply`, 'no JSON', { qos: 1 });
    expect(client.connected).toBe(true);
    expect(moves()).toEqual([]);
  });

  it('given that it publishes to a topic of its own, then it is not let to', async () => {
    const { client } = await fetching();
    const closed = closeOf(client);
    client.publish('/sys/pk/dn/thing/measurepoint/post', '{}', { qos: 1 });
    await closed;
    expect(moves()).toEqual([]);
    await vi.waitFor(() => expect(explained()).toContain('fetch.topic-refused'), WAIT);
  });

  it('given that its secret was given anew since, then it is to ask anew, and explain says so', async () => {
    await world.relay('fast', inactive);
    await applied(9);
    const { client } = await fetching();
    const closed = closeOf(client);
    const anew = device({ active: false, secretsInClear: ['new-secret', 'secret'], position: 11 });
    await world.relay('fast', { ...anew, secrets: anew.secrets.slice(0, 1), revision: 3 });
    await closed;
    expect(moves()).toEqual([]);
    await vi.waitFor(() => expect(explained()).toContain('fetch.bad-secret'), WAIT);
  });

  it('given that both secrets are good for a while, then it goes on', async () => {
    await world.relay('fast', inactive);
    await applied(9);
    const { client } = await fetching();
    await world.relay('fast', {
      ...device({ active: false, secretsInClear: ['new-secret', 'secret'], position: 11 }),
      revision: 3,
    });
    await applied(11);
    await reply(client, { code: 200 });
    await vi.waitFor(() => expect(moves()).toEqual(['opened', 'activated']), WAIT);
  });

  it('given that it has its secret and logs in with it, then its product fetches no more', async () => {
    await world.relay('fast', inactive);
    await applied(9);
    const { client: one } = await fetching();
    const closed = closeOf(one);
    await world.connect(gateway.port, enosLogin('dn', 'secret'));
    await closed;
    const asked = registry.calls.length;
    await refusedWith(enosActivation('dn', 'psecret'), 4);
    expect(registry.calls).toHaveLength(asked);
    await vi.waitFor(
      () => expect(world.decisions().at(-1)).toMatchObject({ reason: 'already-activated' }),
      WAIT,
    );
  });
});

const gone: CredentialGone = {
  ...{ kind: 'gone', tenant: 'default', productKey: 'pk', deviceKey: 'dn', deviceId: 'dv_dn' },
  ...{ generation: 1, revision: 3, position: 11, keyEpoch: 1 },
};
const later = { revision: 3, position: 11 };

describe('a session that fetches ends at once', () => {
  it.each([
    ['disabled', device({ active: false, disabled: true, ...later }), ['fetch.device-disabled']],
    ['deleted', gone, []],
    ['active elsewhere', device(later), ['fetch.already-activated']],
    ['reset', device({ active: false, resetAt: 5, ...later }), []],
    ['registered anew', device({ active: false, generation: 2, ...later }), []],
  ])('given that its device is %s, and explain says so', async (_, change, told) => {
    await world.relay('fast', inactive);
    await applied(9);
    const { client } = await fetching();
    const closed = closeOf(client);
    await world.relay('fast', change);
    await closed;
    expect(moves()).toEqual([]);
    const ends = () => explained().filter((rule) => String(rule).startsWith('fetch.'));
    await vi.waitFor(() => expect(ends()).toEqual(told), WAIT);
  });

  it('given that dynamic activation is switched off, and live sessions stay', async () => {
    await world.relay('bulk', device({ deviceKey: 'active' }));
    await world.relay('fast', inactive);
    await applied(9);
    const live = await world.connect(gateway.port, alibabaLogin('active', 'secret'));
    const { client } = await fetching();
    const closed = closeOf(client);
    await world.relay('fast', product({ revision: 3, position: 12 }));
    await closed;
    expect(live.connected).toBe(true);
    await refusedWith(enosActivation('dn', 'psecret'), 5);
    await world.connect(gateway.port, alibabaLogin('active', 'secret'));
  });
});

describe('a device that registers (Alibaba)', () => {
  it('is pushed its secret without a subscription', async () => {
    const { client } = await fetching(registerClaim('dn', 'psecret'));
    const messages = heard(client);
    await client.subscribeAsync('/ext/register');
    await vi.waitFor(() => expect(messages.length).toBeGreaterThan(0), WAIT);
    expect(messages.at(-1)).toEqual({
      topic: '/ext/register',
      text: '{"productKey":"pk","deviceName":"dn","deviceSecret":"secret"}',
    });
  });

  it.each([
    ['unknown-device', 4],
    ['already-activated', 4],
    ['dynamic-activation-off', 5],
    ['device-disabled', 5],
    ['registry-away', 3],
    ['too-many-requests', 3],
  ] as const)('refused by the registry for %s gets %i', async (reason, code) => {
    registry.state.activation = { granted: false, reason };
    await refusedWith(registerClaim('dn', 'psecret'), code);
    await vi.waitFor(() => expect(world.decisions().at(-1)).toMatchObject({ reason }), WAIT);
  });

  it('while no registry answers may try again', async () => {
    registry.state.activation = 'away';
    await refusedWith(registerClaim('dn', 'psecret'), 3);
  });

  it('given that it was disabled while the registry was asked, is refused', async () => {
    const held = Promise.withResolvers<void>();
    registry.state.held = held.promise;
    const refused = refusedWith(registerClaim('dn', 'psecret'), 5);
    await vi.waitFor(() => expect(registry.calls).toHaveLength(1), WAIT);
    await world.relay('fast', device({ active: false, disabled: true, ...later }));
    await applied(11);
    held.resolve();
    await refused;
  });
});

describe('a device that logs in with its own secret while a registry is asked for it', () => {
  it('is not given it by its product any more', async () => {
    await world.relay('fast', inactive);
    await applied(9);
    const held = Promise.withResolvers<void>();
    registry.state.held = held.promise;
    const refused = refusedWith(enosActivation('dn', 'psecret'), 4);
    await vi.waitFor(() => expect(registry.calls).toHaveLength(1), WAIT);
    await world.connect(gateway.port, enosLogin('dn', 'secret'));
    held.resolve();
    await refused;
  });
});

describe("a device of Huawei's dialect that knows its group alone", () => {
  const UP = '$oc/devices/pk_dn/sys/bootstrap/up';
  const DOWN = '$oc/devices/pk_dn/sys/bootstrap/down';
  const named = { deviceKey: 'dn', deviceId: 'pk_dn' };

  async function asked(login: WireLogin) {
    const { client, messages } = await fetching(login);
    await client.subscribeAsync(DOWN, { qos: 0 });
    await client.publishAsync(UP, '', { qos: 1 });
    await vi.waitFor(() => expect(messages).toHaveLength(1), WAIT);
    return messages[0] ?? { topic: '', text: '{}' };
  }

  it('is told where to connect, and its secret', async () => {
    registry.state.activation = grant({ deviceId: 'pk_dn' });
    const { topic, text } = await asked(huaweiBootstrap('pk_dn', 'psecret'));
    expect(topic).toBe(DOWN);
    expect(text).toMatch(/^\{"address":"127\.0\.0\.1:\d+","deviceSecret":"secret"\}$/);
    expect(registry.calls[0]?.body).toMatchObject({
      ...{ productKey: 'pk', deviceKey: 'dn', deviceId: 'pk_dn', makes: true, dialect: 'huawei' },
    });
    expect(moves()).toEqual([]);
    await vi.waitFor(() => expect(world.decisions()).toMatchObject([{ decision: 'allow' }]), WAIT);
  });

  it('given its own login, then it is told where to connect alone', async () => {
    await world.relay('fast', device({ ...named, ...later }));
    await applied(11);
    const { text } = await asked(huaweiLogin('pk_dn', 'secret'));
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['address']);
    expect(world.records.some(({ topic }) => topic === 'telemetry.default.v1')).toBe(false);
  });
});

describe('a name of two devices', () => {
  it('is told in explain of each', async () => {
    for (const productKey of ['a', 'b']) {
      await world.relay('bulk', product({ productKey, dialect: 'huawei', position: 20 }));
      const deviceId = `${productKey}_dn`;
      await world.relay('bulk', device({ productKey, deviceId, position: 21 }));
    }
    await applied(21);
    await refusedWith(huaweiLogin('dn', 'secret', { type: 2 }), 4);
    await vi.waitFor(() => {
      const told = world.records.filter(({ topic }) => topic === TOPICS.explain);
      expect(told.map(({ key }) => key).sort()).toEqual(['default/a/dn', 'default/b/dn']);
    }, WAIT);
  });
});

/** The rules by which explain says that devices were let in. */
function explained(): readonly unknown[] {
  return world.records
    .filter(({ topic }) => topic === TOPICS.explain)
    .map(({ value }) => (JSON.parse(Buffer.from(value ?? []).toString()) as { rule: string }).rule);
}
