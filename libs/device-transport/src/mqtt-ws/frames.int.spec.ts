import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenWsFor } from '../mqtt/testing/listen-for.ts';
import { connectBytes, publishBytes, subscribeBytes } from '../mqtt/testing/raw-client.ts';
import { waitUntil } from '../mqtt/testing/wait-until.ts';
import { frame, headOf, OPCODE, RawWs } from './testing/raw-ws.ts';
import { openWs, type WsClient } from './testing/ws-client.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;

beforeEach(async () => {
  authority = new RecordingAuthority();
  listener = await listenWsFor(authority);
});
afterEach(() => listener.close());

const binary = (payload: Buffer) => frame(OPCODE.binary, payload);
const ended = (reason: string) =>
  waitUntil(() => authority.log.at(-1) === `closed s1 ${reason}`, `the end by ${reason}`);

async function admitted(username = 'dev'): Promise<RawWs> {
  const client = await RawWs.upgraded(listener.port);
  client.socket.write(binary(connectBytes({ username, keepalive: 0 })));
  await waitUntil(() => client.received.length >= 6, 'CONNACK');
  client.received = Buffer.alloc(0);
  return client;
}

async function withMqtt(): Promise<WsClient> {
  const client = await openWs(listener.port);
  client.send(connectBytes());
  await client.next('connack');
  return client;
}

describe('packets and frames [MQTT-6.0.0-2]', () => {
  it('several packets in one message are taken', async () => {
    const client = await openWs(listener.port);
    const publish = publishBytes('own/dev/x', 'up', { qos: 1, messageId: 1 });
    client.send(connectBytes(), publish, subscribeBytes(2, { 'own/dev/#': 1 }));
    await client.next('connack');
    expect((await client.next('puback')).messageId).toBe(1);
    expect((await client.next('suback')).granted).toEqual([1]);
  });

  it('one packet over several messages is taken', async () => {
    const client = await withMqtt();
    const bytes = publishBytes('own/dev/x', 'piece by piece', { qos: 1, messageId: 1 });
    for (const byte of bytes) client.send(Buffer.of(byte));
    await client.next('puback');
    expect(authority.uplinks).toMatchObject([{ text: 'piece by piece' }]);
  });

  it('one message over several frames, with a ping among them, is taken', async () => {
    const client = await admitted();
    const bytes = publishBytes('own/dev/x', 'in frames', { qos: 1, messageId: 1 });
    client.socket.write(
      Buffer.concat([
        frame(OPCODE.binary, bytes.subarray(0, 3), { fin: false }),
        frame(OPCODE.ping, Buffer.from('there?')),
        frame(OPCODE.continuation, Buffer.alloc(0), { fin: false }),
        frame(OPCODE.continuation, bytes.subarray(3)),
      ]),
    );
    await waitUntil(() => client.received.includes(Buffer.of(0x40, 2, 0, 1)), 'PUBACK');
    expect(client.received.includes('there?')).toBe(true);
  });

  it('a message of the largest size is taken, and one that is larger ends the session', async () => {
    const client = await withMqtt();
    client.send(publishBytes('own/dev/x', Buffer.alloc(262_100), { qos: 1, messageId: 1 }));
    await client.next('puback');
    client.send(publishBytes('own/dev/x', Buffer.alloc(300_000), { qos: 1, messageId: 2 }));
    await client.whenClosed();
    await ended('packet-too-large');
    expect(authority.uplinks).toHaveLength(1);
  });

  it('a refusal arrives, and then the WebSocket is closed', async () => {
    const client = await openWs(listener.port);
    client.send(connectBytes({ password: 'wrong' }));
    expect(await client.next('connack')).toMatchObject({ returnCode: 4 });
    await client.whenClosed();
  });

  it('a cut closes the WebSocket in order', async () => {
    const client = await admitted();
    listener.cut('s1', 'kicked');
    await client.whenClosed();
    expect(client.received.subarray(0, 1)).toEqual(Buffer.of(0x88));
  });

  it('a client that closes the WebSocket without DISCONNECT is lost', async () => {
    const client = await withMqtt();
    client.ws.close();
    await ended('connection-lost');
  });

  it('what a client said before it went is taken, though its messages were held back', async () => {
    const client = await withMqtt();
    const settle: (() => void)[] = [];
    authority.settle = ({ done }) => void settle.push(() => done(true));
    for (let i = 0; i < 100; i += 1) client.send(publishBytes('own/dev/x', String(i)));
    client.send(Buffer.of(0xe0, 0));
    client.socket.end();
    await waitUntil(() => settle.length >= 32, 'the first of them');
    authority.settle = null;
    for (const done of settle) done();
    await ended('client');
    expect(authority.uplinks).toHaveLength(100);
  });
});

describe('frames that no MQTT client sends', () => {
  const x = Buffer.from('x');
  it.each<[string, Buffer, number, string]>([
    ['text [MQTT-6.0.0-1]', frame(OPCODE.text, x), 1003, 'protocol-error'],
    ['not masked', frame(OPCODE.binary, x, { masked: false }), 1002, 'protocol-error'],
    ['of a reserved kind', frame(3, x), 1002, 'protocol-error'],
    ['with a reserved bit', frame(OPCODE.binary, x, { rsv: 4 }), 1002, 'protocol-error'],
    ['a ping in pieces', frame(OPCODE.ping, x, { fin: false }), 1002, 'protocol-error'],
    ['a continuation of nothing', frame(OPCODE.continuation, x), 1002, 'protocol-error'],
    ['longer than any message', headOf(OPCODE.binary, 300_000), 1009, 'packet-too-large'],
  ])('%s: the session ends', async (_what, bytes, code, reason) => {
    const client = await admitted();
    client.socket.write(bytes);
    await client.whenClosed();
    expect(client.closeCode).toBe(code);
    await ended(reason);
    expect(authority.log).toHaveLength(2);
  });

  it('a message in ever smaller frames ends the session', async () => {
    const client = await admitted();
    const tiny = frame(OPCODE.continuation, x, { fin: false });
    client.socket.write(frame(OPCODE.binary, x, { fin: false }));
    client.socket.write(Buffer.concat(Array.from({ length: 2_000 }, () => tiny)));
    await client.whenClosed();
    await ended('limit');
  });
});

describe('a peer that does not read', () => {
  it('and pings for ever gets no more than its buffer holds', async () => {
    const client = await admitted();
    client.socket.pause();
    const pings = Buffer.concat(
      Array.from({ length: 20_000 }, () => frame(OPCODE.ping, Buffer.alloc(125))),
    );
    for (let i = 0; i < 8; i += 1)
      await new Promise((resolve) => client.socket.write(pings, resolve));
    client.socket.resume();
    client.socket.write(binary(Buffer.of(0xc0, 0)));
    await waitUntil(() => client.received.includes(Buffer.of(0x82, 2, 0xd0, 0)), 'PINGRESP');
    expect(client.received.length).toBeLessThan(8 * 20_000 * 127);
  });
});

describe('keep-alive', () => {
  /** It means to be heard each second, and says the next of these each quarter of one. */
  async function saying(bytes: readonly Buffer[]): Promise<RawWs> {
    const client = await RawWs.upgraded(listener.port);
    client.socket.write(binary(connectBytes({ keepalive: 1 })));
    await waitUntil(() => client.received.length >= 6, 'CONNACK');
    const left = [...bytes];
    const timer = setInterval(() => {
      const next = left.shift();
      if (next !== undefined) client.socket.write(next);
      else clearInterval(timer);
    }, 250);
    client.socket.on('close', () => clearInterval(timer));
    return client;
  }

  it('is kept by a large message that comes slowly', async () => {
    const message = publishBytes('own/dev/x', Buffer.alloc(60_000), { qos: 1, messageId: 1 });
    const bytes = binary(message);
    const pieces = Array.from({ length: 9 }, (_, i) => bytes.subarray(i * 7_000, (i + 1) * 7_000));
    const client = await saying(pieces);
    await waitUntil(() => client.received.includes(Buffer.of(0x40, 2, 0, 1)), 'PUBACK');
    expect(authority.log).toEqual(['opened s1']);
    client.socket.destroy();
  });

  it('is not kept by pings of WebSocket, which are no packets', async () => {
    const publish = binary(publishBytes('own/dev/x', Buffer.alloc(1_000), { qos: 1 }));
    const ping = frame(OPCODE.ping, Buffer.from('x'));
    await saying([publish, ...Array.from({ length: 40 }, () => ping)]);
    await ended('keep-alive');
  });
});

describe('messages that are never whole', () => {
  beforeEach(async () => {
    await listener.close();
    listener = await listenWsFor(authority, { limits: { sharedBytes: 200_000 } });
  });
  const torn = Buffer.concat([headOf(OPCODE.binary, 250_000), Buffer.alloc(90_000)]);

  it('of a client that was let in count among all: beyond their bound it ends', async () => {
    const clients = [await admitted('a'), await admitted('b'), await admitted('c')];
    for (const client of clients) client.socket.write(torn);
    const limited = () => authority.log.filter((line) => line.endsWith(' limit'));
    await waitUntil(() => limited().length === 1, 'one of the three to be ended');
    expect(authority.open.size).toBe(2);
    const next = await admitted('d');
    next.socket.write(binary(publishBytes('own/d/x', 'up', { qos: 1, messageId: 1 })));
    await waitUntil(() => next.received.length > 0, 'PUBACK');
    for (const client of clients) client.socket.destroy();
  });

  it('of a client that was not are not read on: it cannot fill the room of all', async () => {
    const client = await RawWs.upgraded(listener.port);
    client.socket.write(headOf(OPCODE.binary, 250_000));
    for (let i = 0; i < 6; i += 1) client.socket.write(Buffer.alloc(40_000));
    const other = await admitted();
    other.socket.write(binary(publishBytes('own/dev/x', Buffer.alloc(60_000), { qos: 1 })));
    await waitUntil(() => other.received.length > 0, 'PUBACK');
    expect(client.closed).toBe(false);
    client.socket.destroy();
  });

  it('are no pings: those fill no room, however many come', async () => {
    const client = await admitted();
    const pings = Buffer.concat(
      Array.from({ length: 200 }, () => frame(OPCODE.ping, Buffer.alloc(125))),
    );
    for (let i = 0; i < 20; i += 1) client.socket.write(pings);
    client.socket.write(binary(Buffer.of(0xc0, 0)));
    await waitUntil(() => client.received.includes(Buffer.of(0x82, 2, 0xd0, 0)), 'PINGRESP');
    const other = await admitted('other');
    other.socket.write(binary(publishBytes('own/other/x', Buffer.alloc(150_000), { qos: 1 })));
    await waitUntil(() => other.received.length > 0, 'PUBACK');
    client.socket.destroy();
  });
});
