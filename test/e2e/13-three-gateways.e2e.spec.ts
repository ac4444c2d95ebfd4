import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { pause } from '@tallystick/ports';
import { generate } from 'mqtt-packet';
import { until } from '../stack/processes.ts';
import { applied, rows } from './harness/api.ts';
import type { AppProcess } from './harness/app-process.ts';
import { givenPlatform } from './harness/given.ts';
import { eventName, readTopic, type KafkaReader } from './harness/kafka-reader.ts';
import {
  alibabaLogin,
  claimUnit,
  connectDevice,
  connwlLogin,
  enosLogin,
  registerLogin,
  regnwlLogin,
  type Login,
  type MqttDevice,
} from './harness/mqtt-device.ts';

const DEVICES = 200;
/** So many have their secret when the first gateway stands still and the second one dies. */
const BEFORE_THE_FAULT = 40;
const PRODUCT = { productKey: 'meter', productSecret: 'meter-secret' };
/** So many are under way at once. */
const AT_ONCE = 50;
/** A device that hears nothing for so long tries elsewhere. */
const PATIENCE_MS = 8_000;

/** What an SDK does: all log in with their own secret at last. */
interface Kind {
  readonly asks: (deviceKey: string) => Login;
  readonly topic: (deviceKey: string) => string;
  readonly secretIn: (answer: Answer) => string;
  readonly logsIn: (deviceKey: string, secret: string) => Login;
  /** The device answers, and stays on the session in which it was told. */
  readonly stays: boolean;
}
interface Answer {
  readonly deviceSecret?: string;
  readonly params?: { readonly deviceSecret: string };
}

const enos: Kind = {
  asks: (key) => enosLogin(PRODUCT.productKey, key, PRODUCT.productSecret, 3),
  topic: (key) => `/ext/session/${PRODUCT.productKey}/${key}/thing/activate/info`,
  secretIn: ({ params }) => params?.deviceSecret ?? '',
  logsIn: (key, secret) => enosLogin(PRODUCT.productKey, key, secret),
  stays: true,
};
const alibaba: Kind = {
  asks: (key) => registerLogin(PRODUCT.productKey, key, PRODUCT.productSecret),
  topic: () => '/ext/register',
  secretIn: ({ deviceSecret }) => deviceSecret ?? '',
  logsIn: (key, secret) => alibabaLogin(PRODUCT.productKey, key, secret),
  stays: false,
};
const KINDS = [enos, alibaba, { ...enos, stays: false }] as const;

async function eachOf<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) done[index] = await work(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return done;
}

/** Null: nothing came in time. */
const inTime = <T>(work: Promise<T>): Promise<T | null> =>
  Promise.race([work.catch(() => null), pause(PATIENCE_MS).then(() => null)]);

describe('three gateways, one stopped and one killed while a fleet activates dynamically', () => {
  const platform = givenPlatform({ gateways: 3, settings: { TALLYSTICK_LEASE_MS: '4000' } });
  const keyOf = (index: number): string => `m-${index}`;
  const keys = Array.from({ length: DEVICES }, (_, index) => keyOf(index));
  /** All secrets that a device was ever told. */
  const told = new Map<string, Set<string>>(keys.map((key) => [key, new Set()]));
  const live: MqttDevice[] = [];
  let events: KafkaReader;
  beforeAll(async () => {
    const product = { ...PRODUCT, name: 'Meter', dynamicActivation: true };
    await platform.api('POST', '/products', product);
    const free = { productKey: 'free', productSecret: 'free-secret', registrationFree: true };
    await platform.api('POST', '/products', { ...free, name: 'Free', dynamicActivation: true });
    let position = 0;
    for (const deviceKey of keys) {
      const device = { productKey: PRODUCT.productKey, deviceKey };
      ({ position } = await platform.api('POST', '/devices', device));
    }
    await applied(platform.api, position);
    events = await readTopic(inject('kafkaBrokers'), platform.topic('identity.events.v1'));
    return () => events.stop();
  });
  afterEach(({ task }) => {
    for (const device of live.splice(0)) device.cut();
    if (task.result?.state !== 'fail') return;
    for (const app of [...platform.registries, ...platform.gateways])
      console.error(app.log().slice(-4_000));
  });

  const kindOf = (index: number): Kind => KINDS[index % KINDS.length] ?? enos;
  const connect = async (gateway: number, login: Login): Promise<MqttDevice | null> =>
    inTime(connectDevice(platform.mqtt(gateway % 3), login));

  /** Goes from one gateway to the next, as firmware does, until one lets it in. */
  async function letIn(login: Login, from: number): Promise<MqttDevice> {
    const end = Date.now() + 150_000;
    for (let gateway = from; Date.now() < end; gateway += 1) {
      const device = await connect(gateway, login);
      if (device?.code === 0) return device;
      // Neither a gateway that is away nor one that asks to try again has locked anybody out.
      if (device !== null && device.code > 0 && device.code !== 3)
        throw new Error(`${login.username} was refused with ${device.code}`);
      await pause(200);
    }
    throw new Error(`${login.username} was let in nowhere`);
  }

  async function fetchSecret(kind: Kind, deviceKey: string, from: number): Promise<string> {
    for (let gateway = from; ; gateway += 1) {
      const device = await letIn(kind.asks(deviceKey), gateway);
      const message = await inTime(device.message(kind.topic(deviceKey)));
      if (message === null) {
        device.cut();
        continue;
      }
      const secret = kind.secretIn(JSON.parse(message.payload.toString()) as Answer);
      told.get(deviceKey)?.add(secret);
      if (kind.stays) confirm(device, deviceKey);
      else device.cut();
      return secret;
    }
  }

  function confirm(device: MqttDevice, deviceKey: string): void {
    live.push(device);
    const payload = JSON.stringify({ id: '1', code: 200, data: {} });
    const topic = `${enos.topic(deviceKey)}_reply`;
    const wire = { dup: false, qos: 1, retain: false, messageId: 1 } as const;
    device.socket.write(generate({ cmd: 'publish', topic, payload, ...wire }));
  }

  const activations = () =>
    events.records
      .filter((record) => eventName(record) === 'DeviceActivated')
      .map((record) => JSON.parse(record.value ?? '{}') as { deviceKey: string; method: string });

  const fault = async (stopped: AppProcess, killed: AppProcess): Promise<void> => {
    const begun = () => [...told.values()].filter(({ size }) => size > 0).length;
    await until('the fleet has begun', 150_000, () => begun() >= BEFORE_THE_FAULT);
    stopped.pause();
    await killed.kill();
    expect(begun()).toBeLessThan(DEVICES);
  };

  it('then each device gets one secret, which is valid, and none stays locked out', async () => {
    const [, stopped, killed] = platform.gateways;
    if (stopped === undefined || killed === undefined) throw new Error('three gateways are needed');
    // Given a fleet that fetches its secrets while two of three gateways go away
    const [secrets] = await Promise.all([
      eachOf(DEVICES, (index) => fetchSecret(kindOf(index), keyOf(index), index)),
      fault(stopped, killed),
    ]);
    // When each device logs in with what it was told, first where only one gateway is left
    await eachOf(DEVICES, async (index) => {
      live.push(await letIn(kindOf(index).logsIn(keyOf(index), secrets[index] ?? ''), 0));
    });
    // And the others come back
    stopped.resume();
    await killed.restart();
    // Then nobody was told two secrets, and the one that was told is the one that is valid
    for (const [index, key] of keys.entries()) {
      expect([...(told.get(key) ?? [])]).toEqual([secrets[index]]);
      const [device] = rows(
        await platform.api('GET', `/devices?productKey=${PRODUCT.productKey}&deviceKey=${key}`),
      );
      const { body } = await platform.api('GET', `/devices/${String(device?.['deviceId'])}/secret`);
      expect(body['secrets']).toMatchObject([{ secret: secrets[index] }]);
    }
    // And each was activated once
    await until('all are active', 60_000, () => activations().length >= DEVICES);
    expect(
      activations()
        .map(({ deviceKey }) => deviceKey)
        .sort(),
    ).toEqual([...keys].sort());
    expect(new Set(activations().map(({ method }) => method))).toEqual(new Set(['dynamic']));
  });

  it('then every gateway lets each of them in, and no product secret fetches another one', async () => {
    for (const [index, key] of keys.entries()) {
      const [secret = ''] = told.get(key) ?? [];
      const kind = kindOf(index);
      const device = await letIn(kind.logsIn(key, secret), index);
      device.cut();
      if (index % 20 !== 0) continue;
      const gateways = await Promise.all(
        [0, 1, 2].map((gateway) => connect(gateway, kind.asks(key))),
      );
      expect(gateways.map((one) => one?.code)).toEqual([4, 4, 4]);
    }
  });

  it('then what is active goes on when dynamic activation is switched off', async () => {
    // Given a live session of each kind, and an active unit
    const unit = await claimUnit(platform.mqtt(0), 'free', 'name', 'free-secret');
    const logins = [
      ...KINDS.map((kind, index) =>
        kind.logsIn(`m-${index}`, [...(told.get(`m-${index}`) ?? [])][0] ?? ''),
      ),
      connwlLogin('free', 'name', unit.clientId, unit.token),
    ];
    const letInAll = (): Promise<readonly MqttDevice[]> =>
      Promise.all(logins.map((login, index) => letIn(login, index)));
    const sessions = await letInAll();
    live.push(...sessions);
    // When dynamic activation is switched off
    for (const productKey of [PRODUCT.productKey, 'free']) {
      const off = { dynamicActivation: false };
      const { position } = await platform.api('PATCH', `/products/${productKey}`, off);
      await applied(platform.api, position);
    }
    // Then nobody is cut, all log in again, and nobody fetches anything
    expect(sessions.map((session) => session.isClosed())).toEqual(logins.map(() => false));
    live.push(...(await letInAll()));
    const refused = [
      enos.asks('m-0'),
      alibaba.asks('m-1'),
      regnwlLogin('free', 'x', 'free-secret'),
    ];
    for (const login of refused) expect((await connect(0, login))?.code).toBe(5);
  });
});
