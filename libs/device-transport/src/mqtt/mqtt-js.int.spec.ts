import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;
const clients: MqttClient[] = [];

beforeEach(async () => {
  authority = new RecordingAuthority();
  listener = await listenFor(authority);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  await listener.close();
});

const url = (): string => `mqtt://127.0.0.1:${String(listener.port)}`;
const device: IClientOptions = {
  protocolVersion: 4,
  ...{ clientId: 'c', username: 'dev', password: 'right', reconnectPeriod: 0 },
};

async function connected(options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(url(), { ...device, ...options });
  clients.push(client);
  return client;
}

describe('the npm client mqtt', () => {
  it.each([0, 1, 2] as const)('publishes at QoS %i', async (qos) => {
    const client = await connected();
    await client.publishAsync('own/dev/x', 'up', { qos });
    await waitUntil(() => authority.uplinks.length === 1, 'the message');
    expect(authority.uplinks).toMatchObject([{ topic: 'own/dev/x', text: 'up', qos }]);
  });

  it('subscribes 16 topics with clean session 0, comes back, and finds its session present', async () => {
    const filters = Array.from({ length: 16 }, (_, i) => `own/dev/${String(i)}/#`);
    const first = await connected({ clean: false });
    for (const filter of filters) await first.subscribeAsync(filter, { qos: 1 });
    await first.endAsync();
    const second = connect(url(), { ...device, clean: false });
    clients.push(second);
    const present = await new Promise<boolean>((resolve) => {
      second.once('connect', ({ sessionPresent }) => {
        resolve(sessionPresent);
      });
    });
    expect(present).toBe(true);
  });

  it('is told what it may not subscribe, and loses its connection over a foreign topic', async () => {
    const client = await connected();
    const granted = await client.subscribeAsync('own/dev/#', { qos: 2 });
    expect(granted.map(({ qos }) => qos)).toEqual([1]);
    await expect(client.subscribeAsync('own/other/#')).rejects.toThrow();
    client.publish('own/other/x', 'no');
    await waitUntil(() => !client.connected, 'the connection to be closed');
  });

  it('receives what it has retained', async () => {
    const client = await connected();
    const received: string[] = [];
    client.on('message', (topic, payload) => received.push(`${topic} ${payload.toString()}`));
    await client.publishAsync('own/dev/down', 'hi', { qos: 1, retain: true });
    await client.subscribeAsync('own/dev/#', { qos: 1 });
    await waitUntil(() => received.length === 1, 'the message');
    expect(received).toEqual(['own/dev/down hi']);
  });

  it('is refused for a wrong password', async () => {
    await expect(connected({ password: 'wrong' })).rejects.toThrow(/Bad username or password/);
  });

  it('speaking MQTT 5 is refused with the code that makes it fall back', async () => {
    await expect(connected({ protocolVersion: 5 })).rejects.toThrow(/refused/);
    expect(authority.log).toEqual(['refused protocol-version']);
  });
});
