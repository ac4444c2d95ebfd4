import { beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { applied, rows } from './harness/api.ts';
import { givenPlatform } from './harness/given.ts';
import { eventName, readTopic, type ReadRecord } from './harness/kafka-reader.ts';
import {
  alibabaLogin,
  claimUnit,
  connectDevice,
  connwlLogin,
  type Login,
  type MqttDevice,
} from './harness/mqtt-device.ts';

const PRODUCT = 'valve';
const PRODUCT_SECRET = 'a-product-secret';

interface Made {
  readonly deviceId: string;
  readonly login: Login;
  readonly position: number;
}

describe('a device that must be activated in time', () => {
  const platform = givenPlatform({
    registries: 2,
  });
  beforeAll(async () => {
    const product = await platform.api('POST', '/products', {
      ...{ productKey: PRODUCT, name: 'Valve', productSecret: PRODUCT_SECRET },
      ...{ registrationFree: true, dynamicActivation: true },
    });
    await applied(platform.api, product.position);
  });

  async function makeDevice(deviceKey: string, more: object): Promise<Made> {
    const body = { productKey: PRODUCT, deviceKey, ...more };
    const created = await platform.api('POST', '/devices', body);
    expect(created.status).toBe(201);
    const { deviceId, deviceSecret } = created.body;
    const login = alibabaLogin(PRODUCT, deviceKey, String(deviceSecret));
    return { deviceId: String(deviceId), login, position: created.position };
  }
  const connect = (login: Login): Promise<MqttDevice> => connectDevice(platform.mqtt(0), login);
  const get = ({ deviceId, position }: Omit<Made, 'login'>) =>
    platform.api('GET', `/devices/${deviceId}?after=${position}`);
  const gone = (device: Made) =>
    until(`${device.deviceId} is gone`, 30_000, async () => (await get(device)).status === 404);

  /** What another team has been told of a key, once the condition holds. */
  async function told(
    topic: string,
    deviceKey: string,
    condition: (records: readonly ReadRecord[]) => boolean,
  ): Promise<readonly ReadRecord[]> {
    const reader = await readTopic(inject('kafkaBrokers'), platform.topic(topic));
    const own = () => reader.records.filter(({ key }) => key === `default/${PRODUCT}/${deviceKey}`);
    await reader.until(`${topic} tells of ${deviceKey}`, () => condition(own()));
    await reader.stop();
    return own();
  }

  it('is gone when it was not, and its key and its id are free for a new life', async () => {
    // Given a device that never connects
    const device = await makeDevice('late', { deviceId: 'late-1', registrationTimeoutSeconds: 1 });
    await gone(device);
    // Then Kafka says so
    const events = await told('identity.events.v1', 'late', (all) => all.length >= 2);
    expect(events.map(eventName)).toEqual(['DeviceRegistered', 'RegistrationExpired']);
    expect(events[1]?.headers).toMatchObject({ ce_subject: 'late-1', ce_actor: 'system:registry' });
    expect(JSON.parse(events[1]?.value ?? '')).toEqual({
      ...{ deviceId: 'late-1', productKey: PRODUCT, deviceKey: 'late', generation: 1 },
      ...{ registeredAt: events[0]?.headers['ce_time'], registrationTimeoutSeconds: 1 },
    });
    const states = await told('identity.state.v1', 'late', (all) => all.at(-1)?.value === null);
    expect(states.at(-1)?.value).toBeNull();
    // And its credentials are those of nobody
    await applied(platform.api, Number(events[1]?.headers['ce_globalposition']));
    expect((await connect(device.login)).code).toBe(4);
    // When its key and its id are given again
    const again = await makeDevice('late', { deviceId: 'late-1' });
    // Then it is a new life, and the old credentials are still those of nobody
    const { body } = await get(again);
    expect(body).toMatchObject({ generation: 2, registrationTimeoutSeconds: null });
    await applied(platform.api, again.position);
    expect((await connect(device.login)).code).toBe(4);
    expect((await connect(again.login)).code).toBe(0);
  });

  it('stays when it was, however long ago', async () => {
    // Given a device that logs in, and one whose time ends later, that does not
    const timeout = { registrationTimeoutSeconds: 8 };
    const active = await makeDevice('in-time', timeout);
    expect((await get(active)).body).toMatchObject({ lifecycle: 'inactive', generation: 1 });
    await until('it is let in', 8_000, async () => {
      const device = await connect(active.login);
      device.cut();
      return device.code === 0;
    });
    const late = await makeDevice('not-in-time', timeout);
    // When the later one is gone
    await gone(late);
    // Then the other is there
    expect((await get(active)).body).toMatchObject({ lifecycle: 'active', generation: 1 });
    expect((await connect(active.login)).code).toBe(0);
  });

  it('is gone with the units that have claimed its name and not logged in', async () => {
    // Given a name that a claim has begun
    const unit = await claimUnit(platform.mqtt(0), PRODUCT, 'dawdler', PRODUCT_SECRET);
    expect(unit.code).toBe(0);
    const found = `/devices?productKey=${PRODUCT}&deviceKey=dawdler`;
    const list = async () => rows(await platform.api('GET', found));
    await until('it is listed', 30_000, async () => (await list()).length === 1);
    const deviceId = String((await list())[0]?.['deviceId']);
    // When its time is set, and has passed since the claim
    const timeout = { registrationTimeoutSeconds: 1 };
    const patched = await platform.api('PATCH', `/devices/${deviceId}`, timeout);
    expect(patched.status).toBe(200);
    const types = (all: readonly ReadRecord[]) => all.map(eventName);
    const events = await told('identity.events.v1', 'dawdler', (all) =>
      types(all).includes('RegistrationExpired'),
    );
    // Then the unit's token is that of nobody
    await applied(platform.api, Number(events.at(-1)?.headers['ce_globalposition']));
    const { clientId, token } = unit;
    expect((await connect(connwlLogin(PRODUCT, 'dawdler', clientId, token))).code).toBe(4);
  });

  it('stays when it logged in while no registry was there to hear of it', async () => {
    // Given a device that logs in in time, after the registries have stopped
    const timeout = { registrationTimeoutSeconds: 10 };
    const made = await makeDevice('unheard', timeout);
    await applied(platform.api, made.position);
    const { registeredAt } = (await get(made)).body;
    await Promise.all(platform.registries.map((registry) => registry.stop()));
    expect((await connect(made.login)).code).toBe(0);
    // When they come back after its time
    const due = Date.parse(String(registeredAt)) + 10_000;
    await until('its time has passed', 20_000, () => Date.now() > due);
    await Promise.all(platform.registries.map((registry) => registry.restart()));
    // Then the login is heard first
    const [registry] = platform.registries;
    if (registry === undefined) throw new Error('a registry was expected');
    const api = platform.apiOf(registry);
    const state = async () => (await api('GET', `/devices/${made.deviceId}`)).body;
    await until('it is active', 30_000, async () => (await state())['lifecycle'] === 'active');
    const events = await told('identity.events.v1', 'unheard', (all) => all.length >= 2);
    expect(events.map(eventName)).toEqual(['DeviceRegistered', 'DeviceActivated']);
  });
});
