import { once } from 'node:events';
import { generate } from 'mqtt-packet';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { applied, rows } from './harness/api.ts';
import { givenPlatform } from './harness/given.ts';
import { eventName, readTopic } from './harness/kafka-reader.ts';
import { alibabaLogin, connectDevice } from './harness/mqtt-device.ts';

interface Made {
  readonly deviceId: string;
  readonly secret: string;
}

describe('steps 4, 5 and 6: a gateway that has caught up, its refusals, and presence', () => {
  const platform = givenPlatform();
  beforeAll(async () => {
    await platform.api('POST', '/products', {
      productKey: 'lamp',
      name: 'Lamp',
      dialect: 'alibaba',
    });
  });

  async function makeDevice(deviceKey: string): Promise<Made> {
    const created = await platform.api('POST', '/devices', { productKey: 'lamp', deviceKey });
    expect(created.status).toBe(201);
    await applied(platform.api, created.position);
    return {
      deviceId: String(created.body['deviceId']),
      secret: String(created.body['deviceSecret']),
    };
  }
  const get = async (path: string) => (await platform.api('GET', path)).body;

  it('shows each gateway with its lease and how far it has come', async () => {
    const created = await platform.api('POST', '/devices', {
      productKey: 'lamp',
      deviceKey: 'seen',
    });
    await applied(platform.api, created.position);
    const [gateway] = rows(await platform.api('GET', '/gateways'));
    expect(gateway).toMatchObject({ gatewayId: 'gateway-0', sessions: 0 });
    expect(Number(gateway?.['bulkPosition'])).toBeGreaterThanOrEqual(created.position);
    expect(Number(gateway?.['stalenessMs'])).toBeLessThan(10_000);
    expect(Date.parse(String(gateway?.['leaseUntil']))).toBeGreaterThan(Date.now());
  });

  it('is ready after a warm restart only with all that happened meanwhile', async () => {
    const [gateway] = platform.gateways;
    await gateway?.stop();
    const meanwhile = await platform.api('POST', '/devices', {
      productKey: 'lamp',
      deviceKey: 'meanwhile',
    });
    await gateway?.restart();
    const device = await connectDevice(
      platform.mqtt(0),
      alibabaLogin('lamp', 'meanwhile', String(meanwhile.body['deviceSecret'])),
    );
    expect(device.code).toBe(0);
    await device.disconnect();
  });

  it('answers a wrong secret with 4, says why, and answers an unknown device alike', async () => {
    const { deviceId, secret } = await makeDevice('wrong');
    const login = alibabaLogin('lamp', 'wrong', `${secret}x`);
    const [clientId] = login.clientId.split('|');
    const refused = await connectDevice(platform.mqtt(0), login);
    expect(refused.code).toBe(4);
    const unknown = await connectDevice(platform.mqtt(0), alibabaLogin('lamp', 'nobody', secret));
    expect(unknown.code).toBe(4);
    const explained = async () => rows(await platform.api('GET', `/devices/${deviceId}/explain`));
    await until('explain names the reason', 30_000, async () =>
      (await explained()).some((row) => row['reason'] === 'bad-secret'),
    );
    const row = (await explained()).find((entry) => entry['reason'] === 'bad-secret');
    expect(row).toMatchObject({ decision: 'deny', gatewayId: 'gateway-0', count: 1, clientId });
    const ofUnit = async (unit: string) =>
      rows(await platform.api('GET', `/devices/${deviceId}/explain?clientId=${unit}`));
    expect(await ofUnit(clientId ?? '')).toHaveLength(1);
    expect(await ofUnit('another')).toEqual([]);
    expect(Number(row?.['viewPosition'])).toBeGreaterThan(0);
    expect(typeof row?.['rule']).toBe('string');
    expect(JSON.stringify(await explained())).not.toContain(secret);
  });

  it('goes inactive, online, offline, and the timeline tells it with the reason', async () => {
    // Given a device that never connected
    const { deviceId, secret } = await makeDevice('life');
    expect(await get(`/devices/${deviceId}`)).toMatchObject({
      status: 'inactive',
      lifecycle: 'inactive',
      activatedAt: null,
    });
    // When it connects
    const device = await connectDevice(platform.mqtt(0), alibabaLogin('lamp', 'life', secret));
    expect(device.code).toBe(0);
    // Then it is online, and a reader of Kafka was told once
    await until(
      'it is online',
      30_000,
      async () => (await get(`/devices/${deviceId}`))['status'] === 'online',
    );
    const body = await get(`/devices/${deviceId}`);
    expect(body).toMatchObject({ lifecycle: 'active', presence: 'online', clientId: 'lamp.life' });
    expect(Number(body['epoch'])).toBeGreaterThan(0);
    // When it leaves
    await device.disconnect();
    await until(
      'it is offline',
      30_000,
      async () => (await get(`/devices/${deviceId}`))['status'] === 'offline',
    );
    // And connects and leaves again
    const second = await connectDevice(platform.mqtt(0), alibabaLogin('lamp', 'life', secret));
    expect(second.code).toBe(0);
    second.cut();
    const key = 'default/lamp/life';
    const presence = await readTopic(
      inject('kafkaBrokers'),
      platform.topic('identity.presence.v1'),
    );
    const told = () =>
      presence.records
        .filter((record) => record.key === key)
        .map(eventName)
        .filter((name) => name.startsWith('Device'));
    await presence.until('both sessions are told', () => told().length >= 4);
    await presence.stop();
    expect(told()).toEqual(['DeviceOnline', 'DeviceOffline', 'DeviceOnline', 'DeviceOffline']);
    const reasons = presence.records
      .filter((record) => record.key === key && eventName(record) === 'DeviceOffline')
      .map((record) => (JSON.parse(record.value ?? '{}') as { reason: string }).reason);
    expect(reasons).toEqual(['client', 'connection-lost']);
    const events = await readTopic(inject('kafkaBrokers'), platform.topic('identity.events.v1'));
    await events.until('DeviceActivated is there', (all) =>
      all.some((record) => record.key === key && eventName(record) === 'DeviceActivated'),
    );
    await events.stop();
    const activated = events.records.filter(
      (record) => record.key === key && eventName(record) === 'DeviceActivated',
    );
    expect(activated).toHaveLength(1);
    expect(JSON.parse(activated[0]?.value ?? '{}')).toMatchObject({
      deviceId,
      method: 'static',
      dialect: 'alibaba',
      gatewayId: 'gateway-0',
    });
    await until('the timeline tells both sessions', 30_000, async () => {
      const types = rows(await platform.api('GET', `/devices/${deviceId}/timeline`)).map(
        (row) => row['type'],
      );
      return types.filter((type) => type === 'DeviceOffline').length === 2;
    });
    const timeline = rows(await platform.api('GET', `/devices/${deviceId}/timeline`));
    expect(
      timeline.map((row) => row['type']).filter((type) => !String(type).startsWith('Session')),
    ).toEqual(
      expect.arrayContaining([
        'DeviceRegistered',
        'DeviceActivated',
        'DeviceOnline',
        'DeviceOffline',
      ]),
    );
    expect(timeline.find((row) => row['type'] === 'DeviceOffline')?.['data']).toMatchObject({
      reason: 'client',
    });
  });

  it('takes 250 KB on a default topic, and says which session it ended itself, and why', async () => {
    const { deviceId, secret } = await makeDevice('loud');
    const connect = () => connectDevice(platform.mqtt(0), alibabaLogin('lamp', 'loud', secret));
    const publish = (topic: string, payload: string) =>
      generate({
        ...{ cmd: 'publish', topic, payload, qos: 1, messageId: 1, retain: false, dup: false },
      });
    const reasonsOf = async () =>
      rows(await platform.api('GET', `/devices/${deviceId}/sessions`)).map(
        (row) => row['closeReason'],
      );
    // Given a message as large as the vendor allows, on a topic that every product has
    const payload = 'x'.repeat(250_000);
    const device = await connect();
    device.socket.write(publish('/lamp/loud/update', payload));
    // The first thing to come is its PUBACK: the bus has the message.
    await once(device.socket, 'data');
    const telemetry = await readTopic(
      inject('kafkaBrokers'),
      platform.topic('telemetry.default.v1'),
    );
    await telemetry.until('the message is there', (all) =>
      all.some(({ value }) => value === payload),
    );
    await telemetry.stop();
    // When it publishes to another device's topic
    device.socket.write(publish('/lamp/other/update', 'x'));
    await device.closed;
    // Then presence, sessions and explain say so
    await until('the session tells its reason', 30_000, async () =>
      (await reasonsOf()).includes('topic-refused'),
    );
    const ended = async () =>
      rows(await platform.api('GET', `/devices/${deviceId}/explain`)).find(
        (row) => row['decision'] === 'end',
      );
    await until('explain tells it', 30_000, async () => (await ended()) !== undefined);
    expect(await ended()).toMatchObject({ reason: 'topic-refused', clientId: 'lamp.loud' });
    // And a session that is silent for longer than its product allows is ended, live as it is
    const silent = await connect();
    const changed = await platform.api('PATCH', '/products/lamp', { silenceSeconds: 5 });
    expect(changed.body).toMatchObject({ silenceSeconds: 5, silenceCounts: 'packet' });
    await silent.closed;
    await until('silence is told', 30_000, async () => (await reasonsOf()).includes('silence'));
    // And an orderly stop of the gateway is not the loss of one
    const last = await connect();
    expect(last.code).toBe(0);
    await platform.gateways[0]?.stop();
    await until('the stop is told', 30_000, async () =>
      (await reasonsOf()).includes('gateway-closing'),
    );
  });
});
