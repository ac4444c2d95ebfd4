import type { Admission, DeviceListener, DeviceSession } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSessionTable, type SessionTable } from './session-table.ts';
import {
  connectBytes,
  publishBytes,
  RawClient,
  subscribeBytes,
  type ConnectFields,
} from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

// A session that only fetches a secret, and becomes its own. The suite of the port has the rest.

const SECRET = { topic: 'own/dev/secret', payload: Buffer.from('s'), qos: 1 as const };

/** Promotes whoever says so. */
class Promoting extends RecordingAuthority {
  listener: DeviceListener<string> | null = null;
  readonly promoted: boolean[] = [];
  promote: (id: string) => Admission<string> = (id) => this.promotion(id, 'dev');

  override published(...args: Parameters<RecordingAuthority['published']>): void {
    const [session, { topic }] = args;
    if (topic === 'own/dev/reply') this.becomesOwn(session);
    super.published(...args);
  }

  becomesOwn({ sessionId }: Pick<DeviceSession<string>, 'sessionId'>): void {
    this.promoted.push(this.listener?.promote(sessionId, this.promote(sessionId)) ?? false);
  }
}

let authority: Promoting;
let table: SessionTable<string>;
let listener: DeviceListener<string>;

beforeEach(async () => {
  authority = new Promoting();
  table = createSessionTable<string>({ limits: { retainedTopicsPerKey: 4 } });
  listener = await listenFor(authority, { table });
  authority.listener = listener;
});
afterEach(() => listener.close());

async function fetching(fields: ConnectFields = {}): Promise<RawClient> {
  authority.fetchOnly = true;
  const client = await RawClient.admitted(listener.port, fields);
  authority.fetchOnly = false;
  return client;
}

const publishes = (client: RawClient) => client.packets.filter(({ cmd }) => cmd === 'publish');
const reply = (qos: 0 | 1 | 2) => publishBytes('own/dev/reply', '200', { qos, messageId: 9 });

async function leave(client: RawClient): Promise<void> {
  client.send(Buffer.of(0xe0, 0));
  await client.whenClosed();
}

/** What is retained of the key, asked by its own next session. */
async function retained(): Promise<readonly unknown[]> {
  const client = await RawClient.admitted(listener.port);
  client.send(subscribeBytes(1, { 'own/dev/#': 1 }));
  await client.ping();
  return publishes(client);
}

describe('a session that only fetches', () => {
  it('and subscribes for ever, never acknowledging, gets its greeting up to the bounds', async () => {
    authority.greeting = [SECRET];
    const client = await fetching();
    for (let id = 1; id <= 5_000; id += 1) client.send(subscribeBytes(id, { 'own/dev/#': 1 }));
    await client.ping();
    expect(publishes(client)).toHaveLength(32);
  });

  it('and subscribes for ever, never reading, is not read either until it reads', async () => {
    authority.greeting = [{ ...SECRET, payload: Buffer.alloc(60_000), qos: 0 }];
    const client = await fetching();
    client.socket.pause();
    for (let id = 1; id <= 500; id += 1) client.send(subscribeBytes(id, { 'own/dev/#': 0 }));
    client.send(publishBytes('own/dev/x', 'the last'));
    const other = await RawClient.admitted(listener.port, { username: 'other' });
    for (let i = 0; i < 5; i += 1) await other.ping();
    expect(authority.uplinks).toEqual([]);
    client.socket.resume();
    await waitUntil(() => authority.uplinks.length === 1, 'what it said last');
  });

  it('is greeted once for a SUBSCRIBE of several filters, at the highest QoS granted', async () => {
    authority.greeting = [SECRET];
    const client = await fetching();
    client.send(Buffer.of(0x40, 2, 0, 1));
    client.send(subscribeBytes(1, { 'own/dev/secret': 0, 'own/dev/#': 1, 'own/dev/+': 0 }));
    client.send(subscribeBytes(2, { 'own/dev/secret': 0 }));
    await client.ping();
    expect(publishes(client)).toMatchObject([{ qos: 1 }, { qos: 1 }, { qos: 0 }]);
  });

  it('is not greeted for a filter that it may not have', async () => {
    authority.greeting = [SECRET];
    const client = await fetching();
    client.send(subscribeBytes(1, { '#': 1, 'own/#': 1 }));
    await client.ping();
    expect(client.packets.find(({ cmd }) => cmd === 'suback')).toMatchObject({
      granted: [128, 128],
    });
    expect(publishes(client)).toHaveLength(1);
  });

  it.each([0, 1, 2] as const)('retains nothing, said with QoS %d', async (qos) => {
    const client = await fetching();
    client.send(publishBytes('own/dev/x', 'kept', { qos, messageId: 3, retain: true }));
    await waitUntil(() => authority.uplinks.length === 1, 'the message');
    if (qos === 2) client.send(Buffer.of(0x62, 2, 0, 3));
    await client.ping();
    expect(await retained()).toEqual([]);
  });
});

describe('a session that is promoted by what it says', () => {
  it.each([0, 1, 2] as const)(
    'with QoS %d, is opened before its message is settled',
    async (qos) => {
      const client = await fetching();
      client.send(reply(qos));
      await waitUntil(() => authority.promoted.length === 1, 'the promotion');
      if (qos > 0) await client.next(qos === 1 ? 'puback' : 'pubrec');
      expect([authority.promoted, authority.log]).toEqual([[true], ['opened s1']]);
    },
  );

  it('twice, is opened once', async () => {
    const client = await fetching();
    client.send(reply(0), reply(0));
    await waitUntil(() => authority.promoted.length === 2, 'both');
    expect([authority.promoted, authority.log]).toEqual([[true, false], ['opened s1']]);
  });

  it('as its last will, is not: its socket has gone', async () => {
    const will = {
      topic: 'own/dev/reply',
      payload: Buffer.from('200'),
      qos: 1,
      retain: true,
    } as const;
    const client = await fetching({ will });
    client.socket.resetAndDestroy();
    await waitUntil(() => authority.promoted.length === 1, 'the will');
    expect([authority.promoted, authority.log, table.size]).toEqual([[false], [], 0]);
  });

  it('in one packet with its DISCONNECT, is opened and has left', async () => {
    const client = await fetching();
    client.send(reply(1), Buffer.of(0xe0, 0));
    await client.whenClosed();
    await waitUntil(() => authority.log.length === 2, 'its end');
    expect(authority.log).toEqual(['opened s1', 'closed s1 client']);
  });

  it('gets on shared topics what others say from then on', async () => {
    const client = await fetching();
    client.send(subscribeBytes(1, { 'shared/x': 0 }), reply(1));
    await waitUntil(() => authority.promoted.length === 1, 'the promotion');
    const other = await RawClient.admitted(listener.port, { username: 'other' });
    other.send(publishBytes('shared/x', 'hello'));
    await waitUntil(() => publishes(client).length === 1, 'what the other says');
  });
});

describe('what a promotion changes', () => {
  it('the authority may end the session while it hears of the older one', async () => {
    await RawClient.admitted(listener.port);
    const closed = authority.closed.bind(authority);
    authority.closed = (session, reason) => {
      closed(session, reason);
      listener.cut('s2', 'kicked');
    };
    const client = await fetching();
    client.send(reply(0));
    await client.whenClosed();
    expect([authority.promoted, table.size]).toEqual([[false], 0]);
    expect(authority.log).toEqual(['opened s1', 'closed s1 taken-over']);
  });

  it('the authority may end the session while it hears that it is open', async () => {
    const opened = authority.opened.bind(authority);
    authority.opened = (session) => {
      opened(session);
      listener.cut(session.sessionId, 'disabled');
    };
    const client = await fetching();
    client.send(reply(0));
    await client.whenClosed();
    expect([authority.log, table.size]).toEqual([['opened s1', 'closed s1 disabled'], 0]);
  });

  it('filters that the new admission does not allow are gone', async () => {
    authority.promote = (id) => {
      const admission = authority.promotion(id, 'dev');
      return { ...admission, maySubscribe: (filter) => filter === 'own/dev/x' };
    };
    const client = await fetching({ clean: false });
    client.send(subscribeBytes(1, { 'own/dev/x': 1, 'own/dev/y': 1, 'shared/x': 1 }), reply(1));
    await waitUntil(() => authority.promoted.length === 1, 'the promotion');
    await leave(client);
    expect([...(table.stored.take('dev')?.keys() ?? [])]).toEqual(['own/dev/x']);
  });

  it('what was stored of the key is gone: its CONNACK has said that nothing was', async () => {
    const first = await RawClient.admitted(listener.port, { clean: false });
    first.send(subscribeBytes(1, { 'own/dev/old': 1 }));
    await first.next('suback');
    await leave(first);
    const client = await fetching({ clean: false });
    client.send(reply(1), subscribeBytes(1, { 'own/dev/new': 1 }));
    await client.ping();
    await leave(client);
    const next = await RawClient.open(listener.port);
    next.send(connectBytes({ clean: false }));
    expect(await next.next('connack')).toMatchObject({ sessionPresent: true });
    await leave(next);
    expect([...(table.stored.take('dev')?.keys() ?? [])]).toEqual(['own/dev/new']);
  });

  it('its will is said when it is lost, unless it is not its own', async () => {
    const will = {
      topic: 'own/dev/will',
      payload: Buffer.from('lost'),
      qos: 0,
      retain: false,
    } as const;
    for (const mayPublish of [() => true, (topic: string) => topic !== will.topic]) {
      authority.promote = (id) => ({ ...authority.promotion(id, 'dev'), mayPublish });
      const client = await fetching({ will });
      client.send(reply(1));
      await client.next('puback');
      client.socket.resetAndDestroy();
      await waitUntil(() => table.size === 0, 'its end');
    }
    const wills = authority.uplinks.filter(({ topic }) => topic === will.topic);
    expect(wills).toHaveLength(1);
  });
});

describe('a message to a device', () => {
  const down = { topic: 'own/dev/down', payload: Buffer.from('x') };

  it('that acknowledges nothing is taken up to the bounds, and again when it does', async () => {
    const client = await RawClient.admitted(listener.port);
    const taken = (): number => {
      let count = 0;
      while (listener.send('s1', { ...down, qos: 1 })) count += 1;
      return count;
    };
    expect(taken()).toBe(32 + 64);
    await waitUntil(() => publishes(client).length === 32, 'what is in flight');
    client.send(Buffer.of(0x40, 2, 0, 1));
    await client.ping();
    expect(taken()).toBe(1);
  });

  it('that reads nothing is not taken once its buffer is full', async () => {
    const client = await RawClient.admitted(listener.port);
    client.socket.pause();
    const large = { ...down, payload: Buffer.alloc(60_000), qos: 0 as const };
    let taken = 0;
    while (listener.send('s1', large)) taken += 1;
    expect(taken).toBeLessThan(1_000);
    client.socket.resume();
    await waitUntil(() => publishes(client).length === taken, 'what was taken');
  });
});
