import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority, type Uplinked } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSessionTable, type SessionTable } from './session-table.ts';
import { DEFAULT_MQTT_LIMITS } from './limits.ts';
import { publishBytes, RawClient, subscribeBytes, connectBytes } from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

let authority: RecordingAuthority;
let table: SessionTable<string>;
let listener: DeviceListener<string>;

beforeEach(async () => {
  authority = new RecordingAuthority();
  table = createSessionTable<string>({ limits: { retainedTopicsPerKey: 2 } });
  listener = await listenFor(authority, { table });
});
afterEach(() => listener.close());

const pubrel = (id: number): Buffer => Buffer.of(0x62, 2, id >> 8, id & 255);
const publishes = (client: RawClient) => client.packets.filter(({ cmd }) => cmd === 'publish');

/** How many sessions aedes has, asked of the broker that all listeners of the table share. */
async function adopted(): Promise<number> {
  const broker = await table.acquireBroker('again', DEFAULT_MQTT_LIMITS);
  await table.releaseBroker();
  return broker.adopted;
}

async function subscriber(username: string, filter: string, qos: 0 | 1 | 2): Promise<RawClient> {
  const client = await RawClient.admitted(listener.port, { username });
  client.send(subscribeBytes(1, { [filter]: qos }));
  expect((await client.next('suback')).granted).toEqual([qos]);
  return client;
}

describe('QoS 2', () => {
  it('upwards hands the message on once, however often it is sent, and only then answers PUBREC', async () => {
    const waiting: Uplinked[] = [];
    authority.settle = (uplink) => waiting.push(uplink);
    const client = await RawClient.admitted(listener.port);
    const message = publishBytes('own/dev/x', 'once', { qos: 2, messageId: 600 });
    client.send(message);
    await waitUntil(() => waiting.length === 1, 'the message');
    expect(client.untaken).toBe(0);
    waiting[0]?.done(true);
    expect((await client.next('pubrec')).messageId).toBe(600);
    client.send(message);
    await client.next('pubrec');
    client.send(pubrel(600));
    expect((await client.next('pubcomp')).messageId).toBe(600);
    expect(authority.uplinks).toMatchObject([{ topic: 'own/dev/x', text: 'once', qos: 2 }]);
    expect(await adopted()).toBe(1);
  });

  it('upwards that the authority does not accept closes the session', async () => {
    authority.settle = ({ done }) => {
      done(false);
    };
    const client = await RawClient.admitted(listener.port);
    client.send(publishBytes('own/dev/x', 'no', { qos: 2, messageId: 5 }));
    await client.whenClosed();
    expect(client.untaken).toBe(0);
    await waitUntil(() => authority.open.size === 0, 'the session to be closed');
  });

  it('to a foreign topic is closed before aedes sees it', async () => {
    const client = await RawClient.admitted(listener.port);
    client.send(publishBytes('own/other/x', 'no', { qos: 2, messageId: 5 }));
    await client.whenClosed();
    expect(await adopted()).toBe(0);
  });

  it('that is never released is bounded by a close', async () => {
    const client = await RawClient.admitted(listener.port);
    const flood = Array.from({ length: 300 }, (_, i) =>
      publishBytes('own/dev/x', Buffer.alloc(1000), { qos: 2, messageId: i + 1 }),
    );
    client.send(...flood);
    await client.whenClosed();
    expect(authority.uplinks.length).toBeLessThanOrEqual(100);
  });

  it('between two devices on a shared topic makes its whole way', async () => {
    const receiver = await subscriber('two', 'shared/+', 2);
    const sender = await RawClient.admitted(listener.port, { username: 'one' });
    sender.send(publishBytes('shared/x', 'exactly', { qos: 2, messageId: 7 }));
    await sender.next('pubrec');
    sender.send(pubrel(7));
    await sender.next('pubcomp');
    const message = await receiver.next('publish');
    expect(message).toMatchObject({ topic: 'shared/x', qos: 2, payload: Buffer.from('exactly') });
    const id = message.messageId ?? 0;
    receiver.send(Buffer.of(0x50, 2, id >> 8, id & 255));
    expect((await receiver.next('pubrel')).messageId).toBe(id);
    receiver.send(Buffer.of(0x70, 2, id >> 8, id & 255));
    await receiver.ping();
    expect(publishes(receiver)).toHaveLength(1);
  });

  it('shares one counter of packet ids with what the own engine sends', async () => {
    const receiver = await subscriber('two', 'shared/+', 2);
    receiver.send(publishBytes('own/two/x', 'p', { qos: 1, retain: true }));
    await receiver.next('puback');
    const sender = await RawClient.admitted(listener.port, { username: 'one' });
    for (let i = 0; i < 5; i += 1) {
      receiver.send(subscribeBytes(10 + i, { 'own/two/x': 1 }));
      sender.send(publishBytes('shared/x', 's', { qos: 1, messageId: i + 1 }));
      await sender.next('puback');
    }
    await waitUntil(() => publishes(receiver).length === 10, 'ten messages');
    const ids = publishes(receiver).map((packet) =>
      packet.cmd === 'publish' ? packet.messageId : 0,
    );
    expect(new Set(ids).size).toBe(10);
  });
});

describe('shared topics', () => {
  it('route what one device publishes to all that subscribed, after the authority had it', async () => {
    const zero = await subscriber('zero', 'shared/#', 0);
    const one = await subscriber('one', 'shared/x', 1);
    const sender = await RawClient.admitted(listener.port, { username: 'sender' });
    sender.send(publishBytes('shared/x', 'news', { qos: 1, messageId: 2 }));
    await sender.next('puback');
    expect(await zero.next('publish')).toMatchObject({ qos: 0, retain: false });
    expect(await one.next('publish')).toMatchObject({ qos: 1, payload: Buffer.from('news') });
    expect(authority.uplinks).toHaveLength(1);
  });

  it('and own ones may stand in one SUBSCRIBE, answered in order', async () => {
    const client = await RawClient.admitted(listener.port);
    client.send(subscribeBytes(1, { 'own/dev/a': 2, 'shared/a': 2, 'own/no': 0, 'shared/b': 0 }));
    expect((await client.next('suback')).granted).toEqual([1, 2, 0x80, 0]);
    client.send(
      Buffer.from('a20a00020008' + Buffer.from('shared/a').toString('hex'), 'hex').fill(12, 1, 2),
    );
    await client.next('unsuback');
    const sender = await RawClient.admitted(listener.port, { username: 'sender' });
    sender.send(
      publishBytes('shared/a', 'x', { qos: 1 }),
      publishBytes('shared/b', 'y', { qos: 1 }),
    );
    expect((await client.next('publish')).topic).toBe('shared/b');
  });

  it('are subscribed again when a stored session comes back', async () => {
    const first = await RawClient.admitted(listener.port, { clean: false });
    first.send(subscribeBytes(1, { 'shared/a': 1 }));
    await first.next('suback');
    first.send(Buffer.of(0xe0, 0));
    await first.whenClosed();
    const second = await RawClient.admitted(listener.port, { clean: false });
    await second.ping();
    await second.next('pingresp');
    const sender = await RawClient.admitted(listener.port, { username: 'sender' });
    sender.send(publishBytes('shared/a', 'x', { qos: 1 }));
    expect((await second.next('publish')).topic).toBe('shared/a');
  });

  it('hold back a sender whose receiver does not read, within bounds', async () => {
    const receiver = await subscriber('slow', 'shared/#', 0);
    receiver.socket.pause();
    const sender = await RawClient.admitted(listener.port, { username: 'sender' });
    for (let i = 0; i < 3000; i += 1) sender.send(publishBytes('shared/x', Buffer.alloc(10_000)));
    receiver.socket.resume();
    await waitUntil(() => publishes(receiver).length === 3000, 'all messages', 30_000);
  });
});

describe('a will', () => {
  const will = {
    topic: 'shared/will',
    payload: Buffer.from('gone'),
    qos: 1 as const,
    retain: false,
  };

  it('goes to the authority and to subscribers when the connection is lost', async () => {
    const watcher = await subscriber('watcher', 'shared/will', 1);
    const dying = await RawClient.admitted(listener.port, { username: 'dying', will });
    dying.socket.resetAndDestroy();
    expect(await watcher.next('publish')).toMatchObject({ topic: 'shared/will', qos: 1 });
    expect(authority.uplinks).toMatchObject([
      { user: 'dying', topic: 'shared/will', text: 'gone' },
    ]);
    expect(authority.log.at(-1)).toBe('closed s2 connection-lost');
  });

  it('is forgotten after DISCONNECT', async () => {
    const watcher = await subscriber('watcher', 'shared/will', 1);
    const leaving = await RawClient.admitted(listener.port, { username: 'leaving', will });
    leaving.send(Buffer.of(0xe0, 0));
    await leaving.whenClosed();
    await waitUntil(() => authority.open.size === 1, 'the session to end');
    await watcher.ping();
    expect(publishes(watcher)).toEqual([]);
    expect(authority.uplinks).toEqual([]);
  });

  it('of a session that is taken over goes out', async () => {
    await RawClient.admitted(listener.port, { will: { ...will, topic: 'own/dev/will' } });
    await RawClient.admitted(listener.port);
    expect(authority.uplinks).toMatchObject([{ topic: 'own/dev/will', text: 'gone' }]);
    expect(authority.log).toEqual(['opened s1', 'closed s1 taken-over', 'opened s2']);
  });

  it('to a topic that the device may not publish to is refused at CONNECT', async () => {
    const client = await RawClient.open(listener.port);
    client.send(connectBytes({ will: { ...will, topic: 'own/other/will' } }));
    expect((await client.next('connack')).returnCode).toBe(5);
    expect(authority.log).toEqual([]);
  });
});

describe('a retained message', () => {
  it('on an own topic waits for the next subscription, until it is cleared', async () => {
    const first = await RawClient.admitted(listener.port);
    first.send(publishBytes('own/dev/state', 'on', { qos: 1, retain: true }));
    await first.next('puback');
    first.send(subscribeBytes(2, { 'own/dev/+': 1 }));
    await first.next('suback');
    const message = { topic: 'own/dev/state', retain: true, qos: 1, payload: Buffer.from('on') };
    expect(await first.next('publish')).toMatchObject(message);
    first.send(
      publishBytes('own/dev/state', '', { qos: 1, retain: true }),
      subscribeBytes(3, { 'own/dev/+': 1 }),
    );
    await first.next('puback');
    await first.next('suback');
    await first.ping();
    expect(publishes(first)).toHaveLength(1);
    expect(await adopted()).toBe(0);
  });

  it('on an own topic is not for another session key, such as the next life of the device', async () => {
    const first = await RawClient.admitted(listener.port);
    first.send(publishBytes('own/dev/state', 'on', { qos: 1, retain: true }));
    await first.next('puback');
    authority.answer = (decision) =>
      'admit' in decision ? { admit: { ...decision.admit, sessionKey: 'dev#2' } } : decision;
    const next = await subscriber('dev', 'own/dev/#', 1);
    await next.ping();
    expect(publishes(next)).toEqual([]);
  });

  it.each([0, 2] as const)(
    'published to a shared topic at QoS %i reaches a later subscriber',
    async (qos) => {
      const sender = await RawClient.admitted(listener.port, { username: 'sender' });
      sender.send(publishBytes('shared/state', 'on', { qos, messageId: 4, retain: true }));
      if (qos === 2) await sender.next('pubrec');
      else await sender.ping();
      const receiver = await subscriber('receiver', 'shared/#', 1);
      expect(await receiver.next('publish')).toMatchObject({ topic: 'shared/state', retain: true });
    },
  );

  it('beyond what one key may have is passed on, and not kept', async () => {
    const sender = await RawClient.admitted(listener.port, { username: 'sender' });
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      sender.send(publishBytes(`shared/${name}`, 'x', { qos: 1, messageId: i + 1, retain: true }));
      await sender.next('puback');
    }
    const receiver = await subscriber('receiver', 'shared/#', 0);
    await receiver.next('publish');
    await receiver.next('publish');
    await receiver.ping();
    expect(publishes(receiver)).toHaveLength(2);
  });
});

describe('an adopted session', () => {
  it('can be cut in the middle of a handshake, and leaves aedes too', async () => {
    const client = await subscriber('dev', 'shared/#', 2);
    client.send(publishBytes('shared/x', 'x', { qos: 2, messageId: 4 }));
    await waitUntil(() => authority.uplinks.length === 1, 'the message');
    expect(listener.cut('s1', 'disabled')).toBe(true);
    expect(authority.log.at(-1)).toBe('closed s1 disabled');
    await client.whenClosed();
    let left = 1;
    const ask = setInterval(() => void adopted().then((count) => (left = count)), 5);
    await waitUntil(() => left === 0, 'aedes to forget it');
    clearInterval(ask);
  });
});
