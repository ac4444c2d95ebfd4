import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSessionTable } from './session-table.ts';
import { publishBytes, RawClient, subscribeBytes } from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;

beforeEach(async () => {
  authority = new RecordingAuthority();
  listener = await listenFor(authority, {
    table: createSessionTable<string>({ limits: { subscriptionBytes: 30_000 } }),
  });
});
afterEach(() => listener.close());

const publishes = (client: RawClient) => client.packets.filter(({ cmd }) => cmd === 'publish');
const puback = (id: number): Buffer => Buffer.of(0x40, 2, id >> 8, id & 255);

async function retaining(qos: 0 | 1, payload: Buffer): Promise<RawClient> {
  const client = await RawClient.admitted(listener.port);
  for (let i = 0; i < 16; i += 1)
    client.send(publishBytes(`own/dev/${String(i)}`, payload, { qos, messageId: 1, retain: true }));
  await waitUntil(() => authority.uplinks.length === 16, 'all to be retained');
  await client.ping();
  return client;
}

/** What a peer does to its own session must not be felt by another's. */
async function anotherIsServed(): Promise<void> {
  const other = await RawClient.admitted(listener.port, { username: 'other' });
  other.send(publishBytes('own/other/x', 'up', { qos: 1, messageId: 7 }));
  expect((await other.next('puback')).messageId).toBe(7);
}

describe('a peer that never acknowledges', () => {
  it('gets retained messages up to the limit in flight, however often it subscribes', async () => {
    const client = await retaining(1, Buffer.from('kept'));
    for (let i = 1; i <= 200; i += 1) client.send(subscribeBytes(i, { 'own/dev/#': 1 }));
    await client.ping();
    expect(publishes(client)).toHaveLength(32);
    await anotherIsServed();
  });

  it('and then does, gets those that waited, up to the bound of the queue', async () => {
    const client = await retaining(1, Buffer.from('kept'));
    for (let i = 1; i <= 20; i += 1) client.send(subscribeBytes(i, { 'own/dev/#': 1 }));
    await client.ping();
    for (let acknowledged = 0; acknowledged < publishes(client).length;) {
      for (const packet of publishes(client).slice(acknowledged)) {
        acknowledged += 1;
        client.send(puback(packet.cmd === 'publish' ? (packet.messageId ?? 0) : 0));
      }
      await client.ping();
    }
    expect(publishes(client)).toHaveLength(32 + 64);
  });

  it('gets no more bytes in flight than their bound', async () => {
    const client = await retaining(1, Buffer.alloc(50_000));
    client.send(subscribeBytes(1, { 'own/dev/#': 1 }));
    await client.ping();
    expect(publishes(client)).toHaveLength(5);
  });
});

describe('a peer that never reads', () => {
  it('is not read either once its answers pile up, and goes on when it reads', async () => {
    const client = await retaining(0, Buffer.alloc(60_000));
    client.socket.pause();
    for (let i = 1; i <= 100; i += 1)
      client.send(subscribeBytes(i, { 'own/dev/#': 0 }), publishBytes('own/dev/x', String(i)));
    await anotherIsServed();
    const before = authority.uplinks.length;
    expect(before).toBeLessThan(16 + 100 + 1);
    client.socket.resume();
    await waitUntil(() => authority.uplinks.length === 16 + 100 + 1, 'all to be read');
  });
});

describe('a peer that subscribes for ever', () => {
  it('gets what is retained once, though one packet names the filter five thousand times', async () => {
    const client = await retaining(0, Buffer.from('kept'));
    const field = Buffer.concat([Buffer.of(0, 9), Buffer.from('own/dev/#'), Buffer.of(0)]);
    const body = Buffer.concat([Buffer.of(0, 1), ...Array.from({ length: 5_000 }, () => field)]);
    const length = [(body.length & 127) | 128, ((body.length >> 7) & 127) | 128, body.length >> 14];
    client.send(Buffer.of(0x82, ...length), body);
    await client.ping();
    expect(publishes(client)).toHaveLength(16);
  });

  it('gets 0x80 for a filter of its own namespace over 256 bytes', async () => {
    const client = await RawClient.admitted(listener.port);
    const filter = (bytes: number) => `own/dev/${'x'.repeat(bytes - 8)}`;
    client.send(subscribeBytes(1, { [filter(257)]: 1, [filter(256)]: 1, [filter(60_000)]: 0 }));
    expect((await client.next('suback')).granted).toEqual([0x80, 1, 0x80]);
  });

  it('gets 0x80 once the filters of all sessions are at their bound, and room when others end', async () => {
    const filters = (user: string) =>
      Object.fromEntries(
        Array.from({ length: 64 }, (_, i) => [`own/${user}/${'y'.repeat(230)}${String(i)}`, 0]),
      ) as Record<string, 0>;
    const grantedTo = async (user: string): Promise<number> => {
      const client = await RawClient.admitted(listener.port, { username: user, clean: false });
      client.send(subscribeBytes(1, filters(user)));
      const { granted } = await client.next('suback');
      client.send(Buffer.of(0xe0, 0));
      return granted.filter((code) => code === 0).length;
    };
    const held = await RawClient.admitted(listener.port, { username: 'a' });
    held.send(subscribeBytes(1, filters('a')));
    expect((await held.next('suback')).granted.every((code) => code === 0)).toBe(true);
    const second = await RawClient.admitted(listener.port, { username: 'b' });
    second.send(subscribeBytes(1, filters('b')));
    const some = (await second.next('suback')).granted.filter((code) => code === 0).length;
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(64);
    expect(await grantedTo('c')).toBe(0);
    held.socket.destroy();
    await waitUntil(
      () => authority.log.includes('closed s1 connection-lost'),
      'the end of the first',
    );
    expect(await grantedTo('d')).toBe(64);
  });
});

describe('a peer that sends QoS 2 for ever', () => {
  it('and never releases is ended at the bound of messages', async () => {
    const client = await RawClient.admitted(listener.port);
    for (let id = 1; id <= 101; id += 1)
      client.send(publishBytes('own/dev/x', 'x', { qos: 2, messageId: id }));
    await client.whenClosed();
    expect(authority.log.at(-1)).toBe('closed s1 limit');
    await anotherIsServed();
  });

  it('and never releases is ended at the bound of bytes', async () => {
    const client = await RawClient.admitted(listener.port);
    for (let id = 1; id <= 25; id += 1)
      client.send(publishBytes('own/dev/x', Buffer.alloc(60_000), { qos: 2, messageId: id }));
    await client.whenClosed();
    expect(authority.log.at(-1)).toBe('closed s1 limit');
    expect(authority.uplinks.length).toBeLessThan(18);
  });

  it('and releases each goes on for ever', async () => {
    const client = await RawClient.admitted(listener.port);
    const large = Buffer.alloc(60_000);
    for (let id = 1; id <= 60; id += 1) {
      client.send(publishBytes('own/dev/x', large, { qos: 2, messageId: id }));
      await client.next('pubrec');
      client.send(Buffer.of(0x62, 2, 0, id));
      await client.next('pubcomp');
    }
    expect(authority.uplinks).toHaveLength(60);
  });
});

describe('peers that never read, many of them', () => {
  it('are ended where all of them together are at their bound', async () => {
    await listener.close();
    listener = await listenFor(authority, { limits: { sharedBytes: 400_000 } });
    for (const user of ['a', 'b', 'c']) {
      const client = await RawClient.admitted(listener.port, { username: user });
      for (let i = 0; i < 16; i += 1)
        client.send(
          publishBytes(`own/${user}/${String(i)}`, Buffer.alloc(60_000), { retain: true }),
        );
      await client.ping();
      client.socket.pause();
      // The kernel takes some megabytes before anything waits here.
      for (let i = 1; i <= 100; i += 1) client.send(subscribeBytes(i, { [`own/${user}/#`]: 0 }));
    }
    const ended = () => authority.log.filter((line) => line.endsWith(' limit'));
    await waitUntil(() => ended().length > 0, 'one of the three to be ended');
    await anotherIsServed();
  });
});

describe('a peer that sends large packets without an end', () => {
  it('is ended when all such together are at their bound; who sends whole ones is not', async () => {
    await listener.close();
    listener = await listenFor(authority, { limits: { sharedBytes: 100_000 } });
    const head = Buffer.concat([Buffer.of(0x30, 0xe0, 0xd4, 0x03), Buffer.alloc(45_000, 'x')]);
    head.writeUInt16BE(9, 4);
    head.write('own/dev/x', 6);
    for (const username of ['a', 'b', 'c']) {
      const client = await RawClient.admitted(listener.port, { username });
      client.send(head);
    }
    const ended = () => authority.log.filter((line) => line.endsWith(' limit'));
    await waitUntil(() => ended().length === 1, 'one of the three to be ended');
    expect(authority.open.size).toBe(2);
    await anotherIsServed();
  });
});
