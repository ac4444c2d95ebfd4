import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority, type Uplinked } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSessionTable } from './session-table.ts';
import { connectBytes, publishBytes, RawClient, subscribeBytes } from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;
const table = createSessionTable<string>();

beforeEach(async () => {
  authority = new RecordingAuthority();
  listener = await listenFor(authority, { table });
});
afterEach(() => listener.close());

describe('a session in its own namespace', () => {
  it('publishes to the authority, and is granted QoS 1 where it asks for 2', async () => {
    const client = await RawClient.admitted(listener.port);
    client.send(subscribeBytes(3, { 'own/dev/down/#': 1, 'own/dev/two': 2 }));
    expect(await client.next('suback')).toMatchObject({ messageId: 3, granted: [1, 1] });
    client.send(publishBytes('own/dev/up', 'hello', { qos: 1, messageId: 9 }));
    expect((await client.next('puback')).messageId).toBe(9);
    expect(authority.uplinks).toMatchObject([
      { user: 'dev', topic: 'own/dev/up', text: 'hello', qos: 1 },
    ]);
  });

  it('is not echoed what it publishes itself', async () => {
    const client = await RawClient.admitted(listener.port);
    client.send(subscribeBytes(3, { 'own/dev/#': 1 }));
    await client.next('suback');
    client.send(publishBytes('own/dev/x', 'up'));
    await client.ping();
    expect(authority.uplinks).toHaveLength(1);
    await client.next('pingresp');
    expect(client.untaken).toBe(0);
  });

  it('gets what it has retained at the QoS it asked for, and is answered when it unsubscribes', async () => {
    const client = await RawClient.admitted(listener.port);
    for (const topic of ['own/dev/a/1', 'own/dev/b'])
      client.send(publishBytes(topic, 'x', { qos: 1, messageId: 1, retain: true }));
    await client.next('puback');
    await client.next('puback');
    client.send(subscribeBytes(3, { 'own/dev/a/+': 0, 'own/dev/b': 1 }));
    await client.next('suback');
    expect(await client.next('publish')).toMatchObject({ topic: 'own/dev/a/1', qos: 0 });
    expect(await client.next('publish')).toMatchObject({ topic: 'own/dev/b', qos: 1 });
    client.send(Buffer.from('a20d0004' + '0009' + Buffer.from('own/dev/b').toString('hex'), 'hex'));
    expect((await client.next('unsuback')).messageId).toBe(4);
  });

  it('that publishes to a foreign topic is closed', async () => {
    const client = await RawClient.admitted(listener.port);
    client.send(publishBytes('own/other/x', 'up', { qos: 1 }));
    await client.whenClosed();
    expect(authority.uplinks).toEqual([]);
    expect(authority.log).toEqual(['opened s1', 'closed s1 topic-refused']);
  });

  it('is told 0x80 for each filter it may not have, in order, and keeps the others', async () => {
    const client = await RawClient.admitted(listener.port);
    const filters = {
      'own/other/#': 1,
      'own/dev/a': 1,
      '#': 0,
      '$SYS/#': 0,
      '$own/other': 0,
      '$own/dev': 0,
    };
    client.send(subscribeBytes(5, filters as Record<string, 0 | 1>));
    expect((await client.next('suback')).granted).toEqual([0x80, 1, 0x80, 0x80, 0x80, 0]);
  });

  it('may publish to a topic that begins with $ only where the authority says so', async () => {
    const client = await RawClient.admitted(listener.port);
    client.send(publishBytes('$own/dev', 'up', { qos: 1 }));
    await client.next('puback');
    client.send(publishBytes('$SYS/x/new/clients', 'dev'));
    await client.whenClosed();
    expect(authority.uplinks.map(({ topic }) => topic)).toEqual(['$own/dev']);
  });

  it('has no more subscriptions than the limit', async () => {
    const client = await RawClient.admitted(listener.port);
    const filters = Object.fromEntries(
      Array.from({ length: 65 }, (_, i) => [`own/dev/${String(i)}`, 1 as const]),
    );
    client.send(subscribeBytes(5, filters));
    const { granted } = await client.next('suback');
    expect(granted.filter((code) => code === 1)).toHaveLength(64);
    expect(granted.at(-1)).toBe(0x80);
  });

  it.each([
    ['a second CONNECT', connectBytes()],
    ['a reserved type', Buffer.of(0xf0, 0)],
    ['a SUBACK', Buffer.of(0x90, 3, 0, 1, 0)],
    ['PINGREQ with a body', Buffer.of(0xc0, 1, 0)],
    ['DISCONNECT with a flag', Buffer.of(0xe1, 0)],
    ['PUBREL without its flag', Buffer.of(0x60, 2, 0, 1)],
    ['SUBSCRIBE with packet id 0', Buffer.of(0x82, 6, 0, 0, 0, 1, 0x61, 0)],
  ])('that sends %s is closed for it', async (_what, bytes) => {
    const client = await RawClient.admitted(listener.port);
    client.send(bytes);
    await client.whenClosed();
    expect(authority.log).toEqual(['opened s1', 'closed s1 protocol-error']);
  });
});

describe('a packet', () => {
  it('of 256 KiB goes through whole, at any QoS', async () => {
    const client = await RawClient.admitted(listener.port);
    const payload = Buffer.alloc(262_144 - 13, 'x');
    for (const qos of [0, 1, 2] as const)
      client.send(publishBytes('own/dev/x', payload, { qos, messageId: 1 }));
    await waitUntil(() => authority.uplinks.length === 3, 'all three');
    expect(authority.uplinks.map((uplink) => uplink.text.length)).toEqual(
      Array.from({ length: 3 }, () => payload.length),
    );
  });

  it('above the limit is closed for it as soon as its length is read', async () => {
    const client = await RawClient.admitted(listener.port);
    client.send(publishBytes('own/dev/x', Buffer.alloc(262_145)).subarray(0, 5));
    await client.whenClosed();
    expect(authority.log).toEqual(['opened s1', 'closed s1 packet-too-large']);
  });
});

describe('what the authority has not settled', () => {
  it('is not acknowledged, and then in the order it came', async () => {
    const waiting: Uplinked[] = [];
    authority.settle = (uplink) => waiting.push(uplink);
    const client = await RawClient.admitted(listener.port);
    for (const id of [1, 2, 3])
      client.send(publishBytes('own/dev/x', String(id), { qos: 1, messageId: id }));
    await client.ping();
    await client.next('pingresp');
    expect(client.untaken).toBe(0);
    for (const i of [2, 1, 0]) waiting[i]?.done(true);
    for (const id of [1, 2, 3]) expect((await client.next('puback')).messageId).toBe(id);
  });

  it('and is refused closes the session, without an acknowledgement', async () => {
    authority.settle = ({ done }) => {
      done(false);
    };
    const client = await RawClient.admitted(listener.port);
    client.send(publishBytes('own/dev/x', 'up', { qos: 1 }));
    await client.whenClosed();
    expect(client.untaken).toBe(0);
    expect(authority.log.at(-1)).toBe('closed s1 limit');
  });

  it('holds a flood back: no more than the limit are out, and all are acknowledged at last', async () => {
    let out = 0;
    let most = 0;
    authority.settle = ({ done }) => {
      most = Math.max(most, (out += 1));
      setImmediate(() => {
        out -= 1;
        done(true);
      });
    };
    const client = await RawClient.admitted(listener.port);
    const flood = Array.from({ length: 20_000 }, (_, i) =>
      publishBytes('own/dev/x', `message ${String(i)}`, { qos: 1, messageId: i + 1 }),
    );
    client.send(...flood);
    await waitUntil(() => client.untaken === 20_000, 'all acknowledgements', 30_000);
    expect(authority.uplinks.map((uplink) => uplink.text).slice(0, 3)).toEqual([
      'message 0',
      'message 1',
      'message 2',
    ]);
    expect(authority.uplinks).toHaveLength(20_000);
    expect(most).toBeLessThanOrEqual(32);
  });

  it('for ever stops the reading, not the cutting', async () => {
    authority.settle = () => undefined;
    const client = await RawClient.admitted(listener.port);
    client.send(
      ...Array.from({ length: 100 }, (_, i) =>
        publishBytes('own/dev/x', 'x', { qos: 1, messageId: i + 1 }),
      ),
    );
    await waitUntil(() => authority.uplinks.length === 32, 'the limit to be reached');
    expect(listener.cut('s1', 'disabled')).toBe(true);
    expect(authority.log.at(-1)).toBe('closed s1 disabled');
    for (const { done } of authority.uplinks) done(true);
    await client.whenClosed();
    expect(authority.uplinks).toHaveLength(32);
  });
});

describe('the end of a session', () => {
  it('after DISCONNECT is the client’s own', async () => {
    const client = await RawClient.admitted(listener.port);
    client.send(Buffer.of(0xe0, 0));
    await client.whenClosed();
    expect(authority.log).toEqual(['opened s1', 'closed s1 client']);
  });

  it('without DISCONNECT is a lost connection', async () => {
    const client = await RawClient.admitted(listener.port);
    client.socket.resetAndDestroy();
    await waitUntil(() => authority.log.length === 2, 'the loss to be noticed');
    expect(authority.log.at(-1)).toBe('closed s1 connection-lost');
  });

  it('comes one and a half keep-alives after the last packet, and not while pings come', async () => {
    const silent = await RawClient.admitted(listener.port, { username: 'silent', keepalive: 1 });
    const pinging = await RawClient.admitted(listener.port, { username: 'pinging', keepalive: 1 });
    const forever = await RawClient.admitted(listener.port, { username: 'forever', keepalive: 0 });
    const began = performance.now();
    while (!silent.closed) await pinging.ping();
    expect(performance.now() - began).toBeGreaterThan(1_450);
    await pinging.ping();
    await forever.ping();
    expect(authority.log.filter((line) => line.startsWith('closed'))).toEqual([
      'closed s1 keep-alive',
    ]);
  });

  it('by a cut is told before the cut returns, and leaves nothing to cut', async () => {
    const client = await RawClient.admitted(listener.port);
    expect(listener.cut('s1', 'deleted')).toBe(true);
    expect(authority.log.at(-1)).toBe('closed s1 deleted');
    expect([authority.open.size, table.size]).toEqual([0, 0]);
    expect(listener.cut('s1', 'deleted')).toBe(false);
    await client.whenClosed();
  });

  it('by the listener’s close reaches every session, and every half-open socket', async () => {
    const clients = [
      await RawClient.admitted(listener.port, { username: 'a' }),
      await RawClient.admitted(listener.port, { username: 'b' }),
      await RawClient.open(listener.port),
    ];
    await listener.close();
    for (const client of clients) await client.whenClosed();
    expect(authority.log.slice(2)).toEqual([
      'closed s1 gateway-closing',
      'closed s2 gateway-closing',
    ]);
    expect(authority.open.size).toBe(0);
    expect(table.size).toBe(0);
  });
});

describe('a device that does not read', () => {
  it('is not read any more either, until it has taken its answers', async () => {
    const client = await RawClient.admitted(listener.port);
    const other = await RawClient.admitted(listener.port, { username: 'other' });
    client.send(
      publishBytes('own/dev/big', Buffer.alloc(60_000), { qos: 1, messageId: 1, retain: true }),
    );
    await client.next('puback');
    client.socket.pause();
    for (let i = 1; i <= 500; i += 1) client.send(subscribeBytes(i, { 'own/dev/big': 0 }));
    client.send(publishBytes('own/dev/last', 'x'));
    for (let i = 0; i < 50; i += 1) await other.ping();
    expect(authority.uplinks.map(({ topic }) => topic)).toEqual(['own/dev/big']);
    client.socket.resume();
    await waitUntil(() => authority.uplinks.length === 2, 'the last message');
    await waitUntil(() => client.untaken === 1000, 'every answer');
  });
});
