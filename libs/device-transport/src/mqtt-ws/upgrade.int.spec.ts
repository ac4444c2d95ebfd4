import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenWsFor } from '../mqtt/testing/listen-for.ts';
import { connectBytes } from '../mqtt/testing/raw-client.ts';
import { waitUntil } from '../mqtt/testing/wait-until.ts';
import { frame, OPCODE, RawWs, requestBytes, type RequestFields } from './testing/raw-ws.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;

beforeEach(async () => {
  authority = new RecordingAuthority();
  listener = await listenWsFor(authority, { limits: { connectSeconds: 0.1 } });
});
afterEach(() => listener.close());

async function answered(fields: RequestFields): Promise<string> {
  const client = await RawWs.open(listener.port);
  client.socket.write(requestBytes(fields));
  const head = await client.head();
  if (!head.startsWith('HTTP/1.1 101')) await client.whenClosed();
  client.socket.destroy();
  return head;
}

describe('a request for a WebSocket', () => {
  it.each([
    ['for /mqtt and the subprotocol mqtt', {}],
    ['with a query', { path: '/mqtt?clientId=1' }],
    ['that offers several subprotocols', { subprotocols: 'mqttv3.1, mqtt' }],
  ])('%s is granted, and the subprotocol is mqtt [MQTT-6.0.0-4]', async (_what, fields) => {
    const head = await answered(fields);
    expect(head).toMatch(/^HTTP\/1.1 101 /);
    expect(head).toMatch(/^Sec-WebSocket-Protocol: mqtt$/m);
  });

  it('that offers compression is granted none', async () => {
    const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits';
    expect(await answered({ headers: [offer] })).not.toMatch(/extensions/i);
  });

  it.each<[string, RequestFields, number]>([
    ['for another path', { path: '/' }, 404],
    ['for a path below', { path: '/mqtt/' }, 404],
    ['without a subprotocol [MQTT-6.0.0-3]', { subprotocols: null }, 400],
    ['with another subprotocol alone [MQTT-6.0.0-3]', { subprotocols: 'mqttv3.1, chat' }, 400],
    ['of another version', { version: 7 }, 400],
    ['with a broken key', { headers: ['Sec-WebSocket-Key: x'] }, 400],
    ['by POST', { method: 'POST' }, 405],
    ['that asks for none', { upgrade: false }, 426],
    ['that asks for none, elsewhere', { upgrade: false, path: '/metrics' }, 404],
    [
      'that sends something',
      { upgrade: false, method: 'POST', path: '/', headers: ['Content-Length: 9999999'] },
      404,
    ],
    ['with a head over its bound', { headers: [`X-Long: ${'x'.repeat(20_000)}`] }, 400],
  ])('%s is refused and closed: %#', async (_what, fields, status) => {
    expect(await answered(fields)).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `));
    expect(authority.claims).toEqual([]);
  });

  it('that is no HTTP is answered 400 and closed', async () => {
    const client = await RawWs.open(listener.port);
    client.socket.write(connectBytes());
    expect(await client.head()).toMatch(/^HTTP\/1.1 400 /);
    await client.whenClosed();
  });

  it('that is never finished is closed when its time is up, however much comes', async () => {
    const client = await RawWs.open(listener.port);
    client.socket.write(requestBytes().subarray(0, -2));
    await client.whenClosed();
    expect(client.received.length).toBe(0);
  });

  it('that has been granted, and is followed by no CONNECT, is closed when its time is up', async () => {
    const client = await RawWs.upgraded(listener.port);
    await client.whenClosed();
    expect(authority.claims).toEqual([]);
  });

  it('that was refused, and whose client does not go, is closed when its time is up', async () => {
    const client = await RawWs.open(listener.port);
    client.socket.pause();
    client.socket.write(requestBytes({ path: '/' }));
    client.socket.resume();
    await client.whenClosed();
  });

  it('with a CONNECT right behind it is answered', async () => {
    const client = await RawWs.open(listener.port);
    client.socket.write(Buffer.concat([requestBytes(), frame(OPCODE.binary, connectBytes())]));
    expect(await client.head()).toMatch(/^HTTP\/1.1 101 /);
    await waitUntil(() => client.received.equals(Buffer.of(0x82, 4, 0x20, 2, 0, 0)), 'CONNACK');
    expect(authority.claims).toMatchObject([{ transport: 'ws', listener: 'mqtt' }]);
    client.socket.destroy();
  });
});

it('a listener that is closed closes who has asked for nothing yet', async () => {
  const slow = await listenWsFor(authority);
  const client = await RawWs.open(slow.port);
  client.socket.write('GET /mqtt');
  const other = await RawWs.upgraded(slow.port);
  await slow.close();
  await Promise.all([client.whenClosed(), other.whenClosed()]);
});
