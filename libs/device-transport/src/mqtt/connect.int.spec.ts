import type { DeviceListener, SessionDecision } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TurnedAway } from '../front/door.ts';
import { connectBytes, publishBytes, RawClient } from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

let authority: RecordingAuthority;
let listener: DeviceListener<string>;
let turnedAway: TurnedAway[];

beforeEach(async () => {
  authority = new RecordingAuthority();
  turnedAway = [];
  listener = await listenFor(authority, {
    onTurnedAway: (socket) => void turnedAway.push(socket),
    limits: { connectSeconds: 0.2, maxHalfOpenPerAddress: 8, maxConnections: 12 },
  });
});
afterEach(() => listener.close());

/** Holds every decision until `release` is called. */
function heldDecisions(): { release: () => void; waiting: () => number } {
  const waiting: (() => void)[] = [];
  authority.answer = (decision: SessionDecision<string, string>) =>
    new Promise((resolve) => {
      waiting.push(() => {
        resolve(decision);
      });
    });
  return {
    waiting: () => waiting.length,
    release: () => {
      for (const answer of waiting.splice(0)) answer();
    },
  };
}

const connackOf = async (client: RawClient): Promise<unknown> =>
  (await client.next('connack')).returnCode;

describe('a CONNECT', () => {
  it('of a known device is answered with 0, and what it claimed was told to the authority', async () => {
    const client = await RawClient.admitted(listener.port, { clientId: 'id|x|', keepalive: 7 });
    const claim = { clientId: 'id|x|', keepAliveSeconds: 7, transport: 'tcp' };
    expect(authority.claims[0]).toMatchObject({ listener: 'mqtt', username: 'dev', ...claim });
    expect(authority.claims[0]?.remoteAddress).toBe(`127.0.0.1:${String(client.socket.localPort)}`);
    expect(authority.log).toEqual(['opened s1']);
    expect(authority.open.get('s1')?.sessionKey).toBe('dev');
  });

  it.each([1, 2, 3, 4, 5])(
    'that the authority refuses with %i gets that code and a close',
    async (code) => {
      const client = await RawClient.open(listener.port);
      client.send(connectBytes({ username: `refuse-${String(code)}` }));
      expect(await connackOf(client)).toBe(code);
      await client.whenClosed();
      expect(authority.log).toEqual([]);
    },
  );

  it.each([
    [
      'a CONNECT of MQTT 5',
      1,
      'protocol-version',
      Buffer.from('100e00044d5154540502003c00000163', 'hex'),
    ],
    [
      'a CONNECT of MQTT 3.1',
      1,
      'protocol-version',
      Buffer.from('100f00064d51497364700302003c000163', 'hex'),
    ],
    [
      'an empty id in a kept session',
      2,
      'client-id',
      Buffer.from('100c00044d5154540400003c0000', 'hex'),
    ],
  ])(
    'given %s, when it comes, then it is refused with %i (%s) before any decision',
    async (_what, code, fault, bytes) => {
      const client = await RawClient.open(listener.port);
      client.send(bytes);
      expect(await connackOf(client)).toBe(code);
      await client.whenClosed();
      expect(authority.log).toEqual([`refused ${fault}`]);
      expect(authority.claims).toEqual([]);
    },
  );

  it('refused while more bytes are on their way still shows its code', async () => {
    const client = await RawClient.open(listener.port);
    client.send(
      connectBytes({ password: 'wrong' }),
      publishBytes('own/dev/x', Buffer.alloc(20_000)),
    );
    expect(await connackOf(client)).toBe(4);
    await client.whenClosed();
  });

  it.each([
    ['declares 256 MiB', Buffer.of(0x10, 255, 255, 255, 127)],
    ['is no MQTT', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['has a surrogate in its id', Buffer.from('100f00044d5154540402003c0003eda080', 'hex')],
  ])('that %s is closed at once, without a word', async (_what, bytes) => {
    const client = await RawClient.open(listener.port);
    client.send(bytes);
    await client.whenClosed();
    expect(client.packets).toEqual([]);
    expect(authority.claims).toEqual([]);
  });

  it('that comes a byte at a time is closed at the deadline, however much is sent', async () => {
    const client = await RawClient.open(listener.port);
    const bytes = connectBytes();
    let sent = 0;
    const drip = setInterval(() => client.send(bytes.subarray(sent, (sent += 1))), 50);
    await client.whenClosed();
    clearInterval(drip);
    expect(sent).toBeLessThan(bytes.length);
  });

  it('beyond the half-open sockets an address may have is not let in, until one of them is admitted', async () => {
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => RawClient.open(listener.port)),
    );
    clients[0]?.send(connectBytes());
    await waitUntil(() => authority.log.length === 1, 'the first to be admitted');
    const ninth = await RawClient.open(listener.port);
    ninth.send(connectBytes({ username: 'other' }));
    await ninth.next('connack');
    clients.push(await RawClient.open(listener.port));
    expect(turnedAway).toEqual([]);
    const tooMany = await RawClient.open(listener.port);
    await tooMany.whenClosed();
    expect(turnedAway).toEqual([{ address: '127.0.0.1', limit: 'maxHalfOpenPerAddress' }]);
  });

  it('beyond the connections there may be is not let in', async () => {
    for (let i = 0; i < 12; i += 1)
      await RawClient.admitted(listener.port, { username: `u${String(i)}` });
    const tooMany = await RawClient.open(listener.port);
    await tooMany.whenClosed();
    expect(authority.open.size).toBe(12);
    expect(turnedAway).toEqual([{ address: '127.0.0.1', limit: 'maxConnections' }]);
  });

  it('whose authority throws, or rejects, is refused as retryable', async () => {
    authority.answer = () => {
      throw new Error('view is gone');
    };
    const first = await RawClient.open(listener.port);
    first.send(connectBytes());
    expect(await connackOf(first)).toBe(3);
    authority.answer = () => Promise.reject(new Error('registry is away'));
    const second = await RawClient.open(listener.port);
    second.send(connectBytes());
    expect(await connackOf(second)).toBe(3);
  });
});

describe('a decision that takes its time', () => {
  it('holds back what the device sent meanwhile, and then works it off in order', async () => {
    const held = heldDecisions();
    const client = await RawClient.open(listener.port);
    const messages = Array.from({ length: 50 }, (_, i) =>
      publishBytes('own/dev/x', Buffer.alloc(4000, i), { qos: 1, messageId: i + 1 }),
    );
    client.send(connectBytes(), ...messages);
    await waitUntil(() => held.waiting() === 1, 'the decision to be asked for');
    expect(client.packets).toEqual([]);
    held.release();
    await client.next('connack');
    for (let i = 1; i <= 50; i += 1) expect((await client.next('puback')).messageId).toBe(i);
    expect(authority.uplinks).toHaveLength(50);
  });

  it('for a socket that died meanwhile opens nothing, and says that the greeting was not delivered', async () => {
    authority.greeting = [{ topic: 'own/dev/token', payload: Buffer.from('t'), qos: 0 }];
    const held = heldDecisions();
    const client = await RawClient.open(listener.port);
    client.send(connectBytes());
    await waitUntil(() => held.waiting() === 1, 'the decision to be asked for');
    client.socket.resetAndDestroy();
    const next = await RawClient.open(listener.port);
    next.send(connectBytes({ username: 'refuse-4' }));
    await waitUntil(() => held.waiting() === 2, 'the second decision');
    held.release();
    await waitUntil(() => authority.greetings.length === 1, 'the greeting to be judged');
    expect(authority.greetings).toEqual([false]);
    expect(authority.log).toEqual([]);
    expect(authority.open.size).toBe(0);
  });

  it('longer than the deadline ends without a word', async () => {
    authority.greeting = [{ topic: 'own/dev/token', payload: Buffer.from('t'), qos: 0 }];
    const held = heldDecisions();
    const client = await RawClient.open(listener.port);
    client.send(connectBytes());
    await client.whenClosed();
    held.release();
    await waitUntil(() => authority.greetings.length === 1, 'the greeting to be judged');
    expect(authority.greetings).toEqual([false]);
    expect(client.packets).toEqual([]);
  });

  it('lets the newest CONNECT of a key win, whichever is decided first', async () => {
    const held: (() => void)[] = [];
    authority.answer = (decision) =>
      new Promise((resolve) => {
        held.push(() => {
          resolve(decision);
        });
      });
    const older = await RawClient.open(listener.port);
    older.send(connectBytes());
    await waitUntil(() => held.length === 1, 'the older to be asked about');
    const newer = await RawClient.open(listener.port);
    newer.send(connectBytes());
    await waitUntil(() => held.length === 2, 'the newer to be asked about');
    held[1]?.();
    await newer.next('connack');
    held[0]?.();
    await older.whenClosed();
    expect(authority.log).toEqual(['opened s2']);
    await newer.ping();
  });
});

describe('a greeting', () => {
  const greeting = [
    { topic: 'ext/token', payload: Buffer.from('one'), qos: 0 as const },
    { topic: 'ext/more', payload: Buffer.alloc(50_000, 'x'), qos: 1 as const },
  ];

  it('follows CONNACK without a subscription, and is reported once it has left', async () => {
    authority.greeting = greeting;
    const client = await RawClient.admitted(listener.port);
    expect(await client.next('publish')).toMatchObject({ topic: 'ext/token', qos: 0 });
    const second = await client.next('publish');
    expect(second).toMatchObject({ topic: 'ext/more', qos: 1, dup: false });
    await waitUntil(() => authority.greetings.length === 1, 'the greeting to be judged');
    expect(authority.greetings).toEqual([true]);
  });

  it('that did not leave before the session was cut is reported as lost', async () => {
    const payload = Buffer.alloc(16_000_000);
    authority.greeting = [{ topic: 'ext/token', payload, qos: 0 }];
    const client = await RawClient.open(listener.port);
    client.socket.pause();
    client.send(connectBytes());
    await waitUntil(() => authority.log.length === 1, 'the session to be opened');
    expect(listener.cut('s1', 'kicked')).toBe(true);
    await waitUntil(() => authority.greetings.length === 1, 'the greeting to be judged');
    expect(authority.greetings).toEqual([false]);
    client.socket.destroy();
  });
});

describe('a session that only fetches', () => {
  beforeEach(() => {
    authority.fetchOnly = true;
    authority.closeAfterMs = 100;
  });

  it('is no presence: it takes nothing over, is not reported, and is closed when its time is up', async () => {
    authority.fetchOnly = false;
    authority.closeAfterMs = null;
    const present = await RawClient.admitted(listener.port);
    authority.fetchOnly = true;
    authority.closeAfterMs = 100;
    authority.greeting = [{ topic: 'ext/secret', payload: Buffer.from('s'), qos: 0 }];
    const fetching = await RawClient.admitted(listener.port);
    expect(authority.open.size).toBe(1);
    expect((await fetching.next('publish')).topic).toBe('ext/secret');
    fetching.send(publishBytes('own/dev/x', 'up', { qos: 1 }));
    await fetching.next('puback');
    await fetching.whenClosed();
    await present.ping();
    expect(authority.log).toEqual(['opened s1']);
  });

  it('publishes only what it may, and can be cut', async () => {
    authority.closeAfterMs = null;
    const first = await RawClient.admitted(listener.port);
    first.send(publishBytes('foreign/x', 'up'));
    await first.whenClosed();
    await RawClient.admitted(listener.port).then(async (client) => {
      expect(listener.cut('s2', 'kicked')).toBe(true);
      await client.whenClosed();
    });
    expect(authority.log).toEqual([]);
    expect(authority.uplinks).toEqual([]);
  });
});
