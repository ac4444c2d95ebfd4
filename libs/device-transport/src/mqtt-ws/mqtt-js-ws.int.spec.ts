import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenWsFor } from '../mqtt/testing/listen-for.ts';
import { waitUntil } from '../mqtt/testing/wait-until.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;
const clients: MqttClient[] = [];

beforeEach(async () => {
  authority = new RecordingAuthority();
  listener = await listenWsFor(authority);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  await listener.close();
});

const device: IClientOptions = {
  protocolVersion: 4,
  ...{ clientId: 'c', username: 'dev', password: 'right', reconnectPeriod: 0 },
};

async function connected(options: IClientOptions = {}): Promise<MqttClient> {
  const url = `ws://127.0.0.1:${String(listener.port)}/mqtt`;
  const client = await connectAsync(url, { ...device, ...options });
  clients.push(client);
  return client;
}

describe('the npm client mqtt over ws', () => {
  it.each([0, 1, 2] as const)('publishes at QoS %i', async (qos) => {
    const client = await connected();
    await client.publishAsync('own/dev/x', 'up', { qos });
    await waitUntil(() => authority.uplinks.length === 1, 'the message');
    expect(authority.uplinks).toMatchObject([{ topic: 'own/dev/x', text: 'up', qos }]);
  });

  it('publishes and receives what is large', async () => {
    const client = await connected();
    const large = Buffer.alloc(250_000, 'x');
    const received: number[] = [];
    client.on('message', (_topic, payload) => received.push(payload.length));
    await client.publishAsync('own/dev/x', large, { qos: 1 });
    listener.send('s1', { topic: 'own/dev/down', payload: large, qos: 1 });
    await waitUntil(() => received.length === 1, 'the message');
    expect([received, authority.uplinks.map(({ text }) => text.length)]).toEqual([
      [250_000],
      [250_000],
    ]);
  });

  it('is refused for a wrong password', async () => {
    await expect(connected({ password: 'wrong' })).rejects.toThrow(/Bad username or password/);
  });

  it('goes in order', async () => {
    const client = await connected();
    await client.endAsync();
    await waitUntil(() => authority.log.includes('closed s1 client'), 'its end');
  });
});
