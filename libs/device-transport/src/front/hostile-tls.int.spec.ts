import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../mqtt/testing/wait-until.ts';
import { newIdentity } from './testing/identities.ts';
import { KeyUpdater } from './testing/key-updates.ts';
import {
  callTcp,
  callTls,
  closeFront,
  openFront,
  type Caller,
  type EchoFront,
} from './testing/open-front.ts';
import { piecemeal } from './testing/piecemeal.ts';
import { createTlsDoor, type TlsDoor } from './tls-door.ts';

const identity = newIdentity('ec');

let tls: TlsDoor;
let at: EchoFront;
let resources: number;

/** What the event loop holds of sockets, ours and those of the callers here. */
const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => /TCPSocketWrap|TLSWrap/.test(name)).length;

beforeEach(async () => {
  const log = { warn: () => undefined, debug: () => undefined };
  tls = createTlsDoor({ identities: [identity], pskOf: () => randomBytes(32), log });
  resources = sockets();
  at = await openFront({ tls, limits: { arrivalSeconds: 0.3 } });
});
afterEach(() => closeFront(at));

async function nothingIsLeft(): Promise<void> {
  await waitUntil(() => at.front.counts.open === 0 && sockets() <= resources, 'all to be gone');
  expect(at.front.counts).toEqual({ open: 0, halfOpen: 0 });
}

async function othersAreServed(): Promise<void> {
  const other = callTls(at.front.port);
  await other.send('served').heard('served');
  other.socket.destroy();
}

/** The bytes of a real ClientHello. */
async function clientHello(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const { socket } = await callTcp(at.front.port);
  const caller = callTls(0, {
    socket: piecemeal(socket, (chunk) => {
      chunks.push(chunk);
      return [];
    }),
  });
  await waitUntil(() => chunks.length > 0, 'the hello');
  socket.destroy();
  await caller.whenClosed();
  return Buffer.concat(chunks);
}

describe('a handshake that is begun and left', () => {
  it.each([
    ['after nothing', 0],
    ['after its first byte', 1],
    ['after half a ClientHello', 100],
    ['after a whole one', Infinity],
  ])('%s ends at the deadline, and nothing is left of it', async (_what, length) => {
    const hello = await clientHello();
    const caller = (await callTcp(at.front.port)).send(hello.subarray(0, length));
    await caller.whenClosed();
    expect(at.arrivals).toEqual([]);
    await nothingIsLeft();
  });

  it('ends at the deadline however much is sent: bytes drip as long as they like', async () => {
    const hello = await clientHello();
    const caller = await callTcp(at.front.port);
    let sent = 0;
    const drip = setInterval(() => caller.send(hello.subarray(sent, (sent += 1))), 20);
    await caller.whenClosed();
    clearInterval(drip);
    expect(sent).toBeLessThan(hello.length);
    await nothingIsLeft();
  });

  it.each([
    ['after nothing', 0],
    ['within its ClientHello', 50],
    ['after it', Infinity],
  ])('by a client that dies %s, 200 times, leaves nothing', async (_what, length) => {
    const hello = await clientHello();
    const callers = await Promise.all(Array.from({ length: 200 }, () => callTcp(at.front.port)));
    for (const { socket } of callers)
      socket.write(hello.subarray(0, length), () => socket.resetAndDestroy());
    await nothingIsLeft();
    await othersAreServed();
  });

  it('is dropped when the front closes', async () => {
    const hello = await clientHello();
    const callers = await Promise.all(Array.from({ length: 20 }, () => callTcp(at.front.port)));
    callers.forEach((caller, i) => caller.send(hello.subarray(0, i % 2 === 0 ? 50 : undefined)));
    await waitUntil(() => callers.some(({ text }) => text !== ''), 'a ServerHello');
    await at.front.close();
    for (const caller of callers) await caller.whenClosed();
    await nothingIsLeft();
  });
});

describe('10,000 half handshakes of one address', () => {
  it('are let in up to its limit, another address is served, and nothing is left', async () => {
    await closeFront(at);
    at = await openFront({ tls, limits: { maxHalfOpenPerAddress: 50 } });
    const hello = await clientHello();
    let open = 0;
    let closed = 0;
    const held = new Set<Caller['socket']>();
    for (let round = 0; round < 100; round += 1) {
      const callers = await Promise.all(Array.from({ length: 100 }, () => callTcp(at.front.port)));
      open += callers.length;
      for (const { socket } of callers) {
        held.add(socket);
        socket.once('close', () => {
          closed += 1;
          held.delete(socket);
        });
        socket.write(hello);
      }
      await waitUntil(() => closed >= open - 50, 'those beyond the limit to be closed');
    }
    expect(at.front.counts).toEqual({ open: 50, halfOpen: 50 });
    expect(at.turnedAway).toHaveLength(10_000 - 50);
    expect(at.turnedAway[0]).toEqual({ address: '127.0.0.1', limit: 'maxHalfOpenPerAddress' });
    const { port } = at.front;
    const elsewhere = callTls(0, {
      socket: connectTcp({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }),
    });
    await elsewhere.send('served').heard('served');
    elsewhere.socket.destroy();
    for (const socket of held) socket.destroy();
    await nothingIsLeft();
    await othersAreServed();
  }, 60_000);
});

describe('bytes that are no handshake', () => {
  it.each([
    [
      'a record of another message',
      Buffer.from('160301000401000000' + '160301000402000000', 'hex'),
    ],
    ['a ClientHello of nothing', Buffer.from('16030100040100' + '0000', 'hex')],
    ['an empty record', Buffer.from('1603010000', 'hex')],
    ['noise', Buffer.concat([Buffer.of(0x16), Buffer.alloc(2_000, 0xa5)])],
  ])('%s: the socket is closed, and nothing is left', async (_what, bytes) => {
    const caller = (await callTcp(at.front.port)).send(bytes);
    await caller.whenClosed();
    expect(at.arrivals).toEqual([]);
    await nothingIsLeft();
    await othersAreServed();
  });

  it('a ClientHello that does not end is not kept beyond 16 KiB', async () => {
    await closeFront(at);
    at = await openFront({ tls, limits: { arrivalSeconds: 600 } });
    const record = Buffer.concat([Buffer.of(0x16, 3, 1, 0, 9), Buffer.from('010fffff03', 'hex')]);
    const session = Buffer.concat([record, Buffer.alloc(4)]);
    const caller = (await callTcp(at.front.port)).send(session);
    // Thirty-two bytes of chance, no session, and the longest list of suites there may be.
    const more = Buffer.concat([Buffer.alloc(29), Buffer.of(0, 0xff, 0xfe), Buffer.alloc(8_000)]);
    const next = (bytes: Buffer): Buffer =>
      Buffer.concat([Buffer.of(0x16, 3, 1, bytes.length >> 8, bytes.length & 255), bytes]);
    caller.send(next(more));
    await caller.send(next(Buffer.alloc(9_000))).whenClosed();
    await nothingIsLeft();
  });
});

describe('after a good handshake', () => {
  it('garbage ends the stream', async () => {
    const { socket } = await callTcp(at.front.port);
    const caller = callTls(0, { socket: piecemeal(socket, (chunk) => [chunk]) });
    await caller.send('hello').heard('hello');
    socket.write(Buffer.concat([Buffer.of(0x17, 3, 3, 0, 32), Buffer.alloc(32, 0xa5)]));
    await waitUntil(() => at.arrivals[0]?.stream.destroyed === true, 'the stream to be ended');
    await nothingIsLeft();
  });

  it('a reset ends the stream', async () => {
    const { socket } = await callTcp(at.front.port);
    const caller = callTls(0, { socket: piecemeal(socket, (chunk) => [chunk]) });
    await caller.send('hello').heard('hello');
    socket.resetAndDestroy();
    await nothingIsLeft();
  });

  it('a flood of key updates ends the stream, whether its answers are read or not', async () => {
    const { socket } = await callTcp(at.front.port);
    const updater = new KeyUpdater(socket);
    await waitUntil(() => at.arrivals.length === 1, 'the handshake');
    updater.send(100);
    await othersAreServed();
    expect(at.arrivals[0]?.stream.destroyed).toBe(false);
    socket.pause();
    updater.send(3_000);
    await waitUntil(() => at.arrivals[0]?.stream.destroyed === true, 'the stream to be ended');
    expect(at.logged.map(({ message }) => message)).toEqual([
      'a TLS connection was flooded below its protocol',
    ]);
    await othersAreServed();
    socket.destroy();
    await nothingIsLeft();
  });

  it('a peer that sends for ever and takes nothing is ended', async () => {
    const { socket } = await callTcp(at.front.port);
    const caller = callTls(0, { socket: piecemeal(socket, (chunk) => [chunk]) });
    await caller.send('hello').heard('hello');
    socket.pause();
    const flood = setInterval(() => {
      if (!caller.socket.writableNeedDrain) caller.send(Buffer.alloc(16_384));
    }, 1);
    await waitUntil(() => at.arrivals[0]?.stream.destroyed === true, 'the stream to be ended');
    clearInterval(flood);
    socket.destroy();
    await nothingIsLeft();
  });

  it('a peer that sends for ever and reads is served for ever', async () => {
    const caller = callTls(at.front.port);
    let heard = 0;
    caller.socket.removeAllListeners('data');
    caller.socket.on('data', (chunk: Buffer) => (heard += chunk.length));
    const total = 20 * 1_048_576;
    for (let sent = 0; sent < total; sent += 1_048_576) {
      caller.send(Buffer.alloc(1_048_576));
      await waitUntil(() => heard > sent, 'some to come back');
    }
    await waitUntil(() => heard === total, 'all to come back');
    expect(caller.closed).toBe(false);
  });
});
