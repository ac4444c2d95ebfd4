import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newIdentity } from '../front/testing/identities.ts';
import { createTlsDoor } from '../front/tls-door.ts';
import { listenWsFor } from '../mqtt/testing/listen-for.ts';
import { waitUntil } from '../mqtt/testing/wait-until.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;
const clients: MqttClient[] = [];

const log = { warn: () => undefined, debug: () => undefined };
const tls = createTlsDoor({
  identities: [newIdentity('ec')],
  pskOf: (identity) => Buffer.from(identity),
  log,
});

beforeEach(async () => {
  authority = new RecordingAuthority();
  listener = await listenWsFor(authority, { takes: 'both', tls });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  await listener.close();
});

const device: IClientOptions = {
  protocolVersion: 4,
  ...{ clientId: 'c', username: 'dev', password: 'right', reconnectPeriod: 0 },
};

describe.each(['ws', 'wss'])('the npm client mqtt over %s', (protocol) => {
  async function connected(options: IClientOptions = {}): Promise<MqttClient> {
    const url = `${protocol}://127.0.0.1:${String(listener.port)}/mqtt`;
    const client = await connectAsync(url, { rejectUnauthorized: false, ...device, ...options });
    clients.push(client);
    return client;
  }

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

  it('is told of as a session over WebSocket, at its own address', async () => {
    await connected();
    const [claim] = authority.claims;
    expect(claim).toMatchObject({ transport: 'ws', pskIdentity: null });
    expect(claim?.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('goes in order', async () => {
    const client = await connected();
    await client.endAsync();
    await waitUntil(() => authority.log.includes('closed s1 client'), 'its end');
  });
});
