import type { SessionDescription } from '@tallystick/contracts';
import { deviceRecordKey, encodeJson, TOPICS } from '@tallystick/contracts';
import { specDatabase } from '@tallystick/event-store/testing';
import { partitionOf } from '@tallystick/kernel';
import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createFakeGateway, type FakeGateway } from '../testing/fake-gateway.ts';
import { startTestRegistry, type Answer, type TestRegistry } from '../testing/registry.builder.ts';

const V1 = '/api/v1';
const ACTIVATIONS = '/internal/v1/activations';
const until = (assert: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(assert, { timeout: 20_000, interval: 20 });
const database = specDatabase(inject('databaseUrl'), 'activations');

describe.each([
  ['SQLite and the embedded bus', false],
  ['PostgreSQL and Kafka, with two registries', true],
])('dynamic activation on %s', (_, apart) => {
  let registries: TestRegistry[];
  let gateway: FakeGateway;
  let call: TestRegistry['call'];
  let asked = 0;

  beforeAll(async () => {
    if (apart) await database.create();
    const settings = {
      TALLYSTICK_LEASE_MS: '2000',
      ...(apart
        ? {
            DATABASE_URL: database.url,
            KAFKA_BROKERS: inject('kafkaBrokers'),
            TALLYSTICK_TOPIC_PREFIX: `${database.name}.`,
          }
        : {}),
    };
    const first = await startTestRegistry(settings);
    registries = [first];
    if (apart) registries.push(await startTestRegistry(settings, undefined, undefined, first));
    ({ call } = first);
    for (const one of registries)
      await until(async () => expect((await one.call('GET', '/readyz')).status).toBe(200));
    gateway = await createFakeGateway(first, 'gw-1');
    await product({ productKey: 'meters' });
    await until(async () => {
      for (let n = 0; n < registries.length; n += 1)
        expect((await activate('nobody')).body).toMatchObject({ reason: 'unknown-device' });
    });
  });
  afterAll(async () => {
    await gateway.stop();
    for (const one of registries) await one.stop();
    if (apart) await database.drop();
  });

  const product = (body: object) =>
    call('POST', `${V1}/products`, { body: { name: 'Meters', dynamicActivation: true, ...body } });
  const register = (deviceKey: string, body: object = {}) =>
    call('POST', `${V1}/devices`, { body: { productKey: 'meters', deviceKey, ...body } });
  /** Each time another registry is asked; what it cannot know in time is asked again. */
  const activate = async (deviceKey: string, more: object = {}): Promise<Answer> => {
    for (;;) {
      asked += 1;
      const registry = registries[asked % registries.length];
      const call = { activationId: `a${asked}`, address: '10.0.0.1' };
      const body = {
        ...{ productKey: 'meters', deviceKey, gatewayId: 'gw-1', dialect: 'alibaba' },
        ...{ ...call, deviceId: null, makes: false, ...more },
      };
      const answer = await registry?.internal(ACTIVATIONS, body);
      if (answer === undefined) throw new Error('no registry');
      if (answer.body['reason'] !== 'registry-away') return answer;
    }
  };
  const login = async (deviceKey: string, { body }: { body: Record<string, unknown> }) => {
    const key = deviceRecordKey('default', 'meters', deviceKey);
    const session: SessionDescription = {
      sessionId: `s-${deviceKey}`,
      ...{ tenant: 'default', productKey: 'meters', deviceKey, generation: 1 },
      ...{ deviceId: String(body['deviceId']), unit: null, clientId: 'c', transport: 'tcp' },
      ...{ dialect: 'alibaba', remoteAddress: '10.0.0.1:9', secretVersion: 1, openedAt: 1 },
    };
    const partition = apart ? partitionOf(key, 12) : 0;
    const value = encodeJson({
      ...{ gatewayId: 'gw-1', incarnation: 'i1', term: 1 },
      signals: [{ type: 'activated', session, method: 'static', at: Date.now() }],
    });
    const record = { topic: TOPICS.sessions, key: String(partition), value, headers: {} };
    await registries[0]?.publish({ ...record, partition });
  };
  const timeline = async (deviceId: unknown) => {
    const { body } = await call('GET', `${V1}/devices/${String(deviceId)}/timeline`);
    return body['data'] as { type: string; actor: string; data: Record<string, unknown> }[];
  };
  const audited = async (action: string) => {
    const { body } = await call('GET', `${V1}/audit?limit=1000`);
    const rows = body['data'] as { action: string }[];
    return rows.filter((row) => row.action === action);
  };

  it('given an inactive device, then it gets its secret once the gateway knows, as often as it asks', async () => {
    const { body: device } = await register('fetches');
    const { body } = await activate('fetches');
    const { deviceId, deviceSecret } = device;
    expect(body).toMatchObject({
      ...{ granted: true, deviceSecret, secretVersion: 1, deviceId },
      ...{ generation: 1, tenant: 'default' },
    });
    expect(gateway.fastPosition()).toBeGreaterThanOrEqual(Number(body['position']));
    expect((await activate('fetches')).body).toEqual(body);
    const read = (await timeline(deviceId)).filter(({ type }) => type === 'SecretRead');
    expect(read).toMatchObject([
      { actor: 'gateway:gw-1', data: { secretVersions: [1], method: 'dynamic' } },
    ]);
    expect(await audited('deliverSecret')).toMatchObject([
      { actor: `device:${String(deviceId)}`, subject: deviceId, remoteAddress: '10.0.0.1' },
    ]);
  });

  it('given devices have just logged in, then they get no secret any more, whoever is asked', async () => {
    const names = Array.from({ length: 24 }, (_, n) => `logs-in-${n}`);
    const registered = await Promise.all(names.map((name) => register(name)));
    await Promise.all(names.map((name) => activate(name)));
    const answers = await Promise.all(
      names.map(async (name, n) => {
        await login(name, registered[n] ?? { body: {} });
        return (await activate(name)).body;
      }),
    );
    expect(answers).toEqual(names.map(() => ({ granted: false, reason: 'already-activated' })));
    const [first] = registered;
    const activated = (await timeline(first?.body['deviceId'])).find(
      ({ type }) => type === 'DeviceActivated',
    );
    expect(activated?.data).toMatchObject({ method: 'dynamic' });
  });

  it('given a product that rotates, then a call of Alibaba has one new secret of whatever registry, and 20 an hour are given', async () => {
    await product({ productKey: 'rotates', registerRotatesSecret: true });
    await register('r', { productKey: 'rotates' });
    const enos = { productKey: 'rotates', dialect: 'enos' };
    for (let n = 0; n < 2; n += 1)
      expect((await activate('r', enos)).body).toMatchObject({ secretVersion: 1 });
    const rotating = { productKey: 'rotates', activationId: 'the-same' };
    const first = (await activate('r', rotating)).body;
    expect(first).toMatchObject({ granted: true, secretVersion: 2 });
    expect((await activate('r', rotating)).body).toEqual(first);
    const answers = [];
    for (let n = 0; n < 45; n += 1)
      answers.push((await activate('r', { productKey: 'rotates' })).body['granted']);
    const granted = answers.filter(Boolean).length;
    expect(granted).toBeGreaterThanOrEqual(19);
    expect(granted).toBeLessThanOrEqual(20 * registries.length);
    expect((await activate('r', { productKey: 'rotates' })).body).toEqual({
      ...{ granted: false, reason: 'too-many-requests' },
    });
  });

  it('given an unknown name of a registration-free product of dialect huawei, then it is made under its id', async () => {
    const huawei = { productKey: 'hw', dialect: 'huawei' };
    await product(huawei);
    const unknown = { ...huawei, deviceId: 'hw_n1', makes: true };
    const refused = { granted: false, reason: 'unknown-device' };
    expect((await activate('n1', unknown)).body).toEqual(refused);
    await call('PATCH', `${V1}/products/hw`, { body: { registrationFree: true } });
    expect((await activate('n1', { ...unknown, makes: false })).body).toEqual(refused);
    const { body } = await activate('n1', unknown);
    expect(body).toMatchObject({ granted: true, deviceId: 'hw_n1', secretVersion: 1 });
    expect(body['deviceSecret']).toMatch(/^[0-9a-f]{32}$/);
    const { body: device } = await call('GET', `${V1}/devices/hw_n1`);
    expect(device).toMatchObject({ productKey: 'hw', deviceKey: 'n1', lifecycle: 'inactive' });
  });

  it.each([
    ['unknown-product', { productKey: 'none' }, {}],
    ['dynamic-activation-off', {}, { dynamicActivation: false }],
    ['unknown-device', { deviceId: 'another' }, {}],
  ])('given what is refused, then with %s', async (reason, more, policy) => {
    const productKey = `refuses_${reason.replaceAll('-', '_')}`;
    await product({ productKey, ...policy });
    await register('d', { productKey });
    expect((await activate('d', { productKey, ...more })).body).toEqual({ granted: false, reason });
  });

  it('given a disabled device, then it gets none', async () => {
    const { body } = await register('disabled');
    await call('POST', `${V1}/devices/${String(body['deviceId'])}/disable`);
    expect((await activate('disabled')).body).toEqual({
      ...{ granted: false, reason: 'device-disabled' },
    });
  });

  it('given a device that got its secret and never logs in, then its registration ends in its time', async () => {
    const { body } = await register('late', { registrationTimeoutSeconds: 2 });
    expect((await activate('late')).body).toMatchObject({ granted: true });
    const path = `${V1}/devices/${String(body['deviceId'])}`;
    await until(async () => expect((await call('GET', path)).status).toBe(404));
    expect((await activate('late')).body).toEqual({ granted: false, reason: 'unknown-device' });
  });

  it('given a call under a wrong credential or with a wrong body, then it is refused, and the former is told in the audit', async () => {
    const [registry] = registries;
    expect(await registry?.internal(ACTIVATIONS, {}, 'wrong')).toMatchObject({ status: 401 });
    expect(await registry?.internal(ACTIVATIONS, { productKey: 'meters' })).toMatchObject({
      ...{ status: 400, body: { code: 'invalid-field' } },
    });
    await until(async () =>
      expect(await audited('deliverSecret refused')).toMatchObject([{ actor: 'unknown' }]),
    );
  });
});
