import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startKafkaBroker, type KafkaBroker } from '../stack/kafka-broker.ts';
import { startPostgres, type PostgresServer } from '../stack/postgres-server.ts';
import { until } from '../stack/processes.ts';
import { applied, rows } from './harness/api.ts';
import { eventName, readTopic } from './harness/kafka-reader.ts';
import {
  alibabaLogin,
  claimUnit,
  connectDevice,
  connwlLogin,
  type MqttDevice,
} from './harness/mqtt-device.ts';
import type { AppProcess } from './harness/app-process.ts';
import { startPlatform, type Platform } from './harness/platform.ts';

const DEVICES = 100;

/**
 * Of the two gateways: the one that is stopped and started, and the one that lives through
 * everything.
 */
const STEADY = 1;

function first<T>(all: readonly T[]): T {
  const [one] = all;
  if (one === undefined) throw new Error('nothing was started');
  return one;
}

describe('step 12: the registry, the store and the broker go away', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-outage-'));
  chmodSync(folder, 0o755);
  const secrets = new Map<string, string>();
  let broker: KafkaBroker;
  let database: PostgresServer;
  let platform: Platform;
  let unit: { clientId: string; token: string };
  /** Of each device, before Kafka is stopped: none when that journey is run alone. */
  let visitsBefore = 0;
  beforeAll(async () => {
    broker = await startKafkaBroker(join(folder, 'kafka'));
    database = await startPostgres(join(folder, 'postgres'));
    platform = await startPlatform({
      kafkaBrokers: broker.address,
      databaseUrl: database.url,
      gateways: 2,
      settings: { TALLYSTICK_BUDGET_TOKEN_MS: '4000' },
    });
    await platform.api('POST', '/products', { productKey: 'pump', name: 'Pump' });
    await platform.api('POST', '/products', {
      productKey: 'free',
      name: 'Free',
      productSecret: 'free-secret',
      registrationFree: true,
      dynamicActivation: true,
    });
    let position = 0;
    for (let index = 0; index < DEVICES; index += 1) {
      const created = await platform.api('POST', '/devices', {
        productKey: 'pump',
        deviceKey: `p-${index}`,
      });
      secrets.set(`p-${index}`, String(created.body['deviceSecret']));
      position = created.position;
    }
    await applied(platform.api, position);
    unit = await claimUnit(platform.mqtt(0), 'free', 'name-1', 'free-secret');
    expect(unit.clientId).not.toBe('');
  });
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const app of [...platform.registries, ...platform.gateways, ...platform.trackers])
      console.error(app.log().slice(-8_000));
  });
  afterAll(async () => {
    await platform.stop();
    await broker.stop();
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const connect = (deviceKey: string, at = 0): Promise<MqttDevice> =>
    connectDevice(platform.mqtt(at), alibabaLogin('pump', deviceKey, secrets.get(deviceKey) ?? ''));
  const tokenLogin = () =>
    connectDevice(platform.mqtt(0), connwlLogin('free', 'name-1', unit.clientId, unit.token));
  const registry = () => first(platform.registries);
  const gateway = () => first(platform.gateways);
  /** What a process says from now on, as its log lines. */
  const listen = (app: AppProcess): (() => readonly string[]) => {
    const from = app.log().length;
    return () =>
      [
        ...app
          .log()
          .slice(from)
          .matchAll(/"msg":"([^"]*)"/g),
      ].map((line) => line[1] ?? '');
  };

  it('gets an answer that the store is away and to try again, and works again when the store is back', async () => {
    // Given a registry whose database is stopped
    const said = listen(registry());
    await database.pause();
    const register = () =>
      platform.api(
        'POST',
        '/devices',
        { productKey: 'pump', deviceKey: 'patient' },
        { 'idempotency-key': 'patient' },
      );
    // Then each call is refused soon, as retryable, and the process says once why
    const askedAt = Date.now();
    for (const reply of await Promise.all([register(), platform.api('GET', '/devices')])) {
      expect(reply.status).toBe(503);
      expect(reply.body['code']).toBe('store-unavailable');
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    await until('it is not ready', 10_000, async () => !(await registry().readyz()).ready);
    await until('it says so', 10_000, () => said().includes('PostgreSQL is away'));
    expect((await claimUnit(platform.mqtt(0), 'free', 'name-2', 'free-secret')).code).toBe(3);
    // When the database is back
    await database.resume();
    await until('it is ready', 30_000, async () => (await registry().readyz()).ready);
    // Then the same call succeeds, once, and its event goes all the way
    const created = await register();
    expect(created.status).toBe(201);
    expect((await register()).text).toBe(created.text);
    await applied(platform.api, created.position);
    expect(said()).toEqual(['PostgreSQL is away', 'PostgreSQL is back']);
  });

  it('lets known devices in while the registry and its store are stopped, and asks claims to try again', async () => {
    // Stopped the hard way round: the store first, so that the registry ends without one.
    await database.pause();
    await registry().stop();
    expect(registry().exitCode).toBe(0);
    const devices = await Promise.all([...secrets.keys()].map((deviceKey) => connect(deviceKey)));
    expect(devices.map(({ code }) => code)).toEqual(Array.from({ length: DEVICES }, () => 0));
    visitsBefore += 1;
    const claim = await claimUnit(platform.mqtt(0), 'free', 'name-2', 'free-secret');
    expect(claim.code).toBe(3);
    await Promise.all(devices.map((device) => device.disconnect()));
    await database.resume();
    await registry().restart();
    await until(
      'claims are answered again',
      60_000,
      async () => (await claimUnit(platform.mqtt(0), 'free', 'name-2', 'free-secret')).code === 0,
    );
  });

  it('fences tokens at their budget while Kafka is stopped, goes on with secrets, and tells all in order after', async () => {
    expect((await tokenLogin()).code).toBe(0);
    const stays = await connect('p-4', STEADY);
    expect(stays.code).toBe(0);
    // Given Kafka stopped for a minute
    broker.pause();
    const stoppedAt = Date.now();
    const heard = [registry(), gateway()].map(listen);
    await until('a token is past its budget', 60_000, async () => (await tokenLogin()).code === 3);
    // Then a known secret goes on being let in
    const device = await connect('p-1');
    expect(device.code).toBe(0);
    await device.disconnect();
    for (let visit = 0; visit < 3; visit += 1) {
      const visitor = await connect('p-3', STEADY);
      expect(visitor.code).toBe(0);
      await visitor.disconnect();
    }
    const again = await connect('p-1');
    expect(again.code).toBe(0);
    // And a registry that starts now registers devices
    await registry().stop();
    expect(registry().exitCode).toBe(0);
    await registry().restart();
    const created = await platform.api('POST', '/devices', {
      productKey: 'pump',
      deviceKey: 'meanwhile',
    });
    expect(created.status).toBe(201);
    await until('a minute is over', 90_000, () => Date.now() - stoppedAt > 60_000);
    expect(again.isClosed()).toBe(false);
    // And a gateway that was up before starts from its view: secrets go on, tokens do not
    await gateway().stop();
    expect(gateway().exitCode).toBe(0);
    await gateway().restart({ waitReady: false });
    const third = await connect('p-1');
    expect(third.code).toBe(0);
    expect((await tokenLogin()).code).toBe(3);
    // When it comes back
    broker.resume();
    // Then all is caught up with
    await applied(platform.api, created.position);
    // Then tokens are let in again, and what happened is told in order
    await until('a token is let in', 90_000, async () => (await tokenLogin()).code === 0);
    const presence = await readTopic(broker.address, platform.topic('identity.presence.v1'));
    const told = (deviceKey: string) =>
      presence.records
        .filter((record) => record.key === `default/pump/${deviceKey}`)
        .map(eventName)
        .filter((name) => name.startsWith('Device'));
    const visit = ['DeviceOnline', 'DeviceOffline'];
    const visits = (count: number) => Array.from({ length: count }, () => visit).flat();
    await presence.until(
      'the sessions of the outage are told',
      () =>
        told('p-1').slice(-3).join() === [...visit, 'DeviceOnline'].join() &&
        told('p-3').length >= 2 * visitsBefore + 6 &&
        told('p-4').length >= 2 * visitsBefore + 1,
      140_000,
    );
    // Each of the three of the gateway that lived through it, after those before the outage; and
    // whoever stayed was never gone
    expect(told('p-3')).toEqual(visits(visitsBefore + 3));
    expect(told('p-4')).toEqual([...visits(visitsBefore), 'DeviceOnline']);
    expect(stays.isClosed()).toBe(false);
    const epochs = presence.records
      .filter((record) => record.key === 'default/pump/p-3' && eventName(record) === 'DeviceOnline')
      .map((record) => Number(record.headers['ce_epoch']));
    expect(epochs).toEqual(Array.from({ length: visitsBefore + 3 }, (_, before) => before + 1));
    await presence.stop();
    await stays.disconnect();
    // And nobody has filled the log: a word for each change, from each of the two processes that
    // lived through it
    for (const said of heard) {
      expect(said()).toContain('Kafka is away');
      expect(said().length).toBeLessThan(10);
    }
    await third.disconnect();
  });

  it('catches up by itself when the broker is killed and restarted', async () => {
    const device = await connect('p-2');
    expect(device.code).toBe(0);
    await broker.kill();
    const created = await platform.api('POST', '/devices', {
      productKey: 'pump',
      deviceKey: 'after-kill',
    });
    expect(created.status).toBe(201);
    await broker.restart();
    await applied(platform.api, created.position);
    const fresh = await connectDevice(
      platform.mqtt(0),
      alibabaLogin('pump', 'after-kill', String(created.body['deviceSecret'])),
    );
    expect(fresh.code).toBe(0);
    await until('its presence is told', 90_000, async () => {
      const body = (await platform.api('GET', `/devices/${String(created.body['deviceId'])}`)).body;
      return body['status'] === 'online';
    });
    expect(rows(await platform.api('GET', '/gateways'))).toHaveLength(2);
    expect(device.isClosed()).toBe(false);
    await fresh.disconnect();
    await device.disconnect();
  });
});
