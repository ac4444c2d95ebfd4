import { randomBytes } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../mqtt/testing/wait-until.ts';
import { newIdentity } from './testing/identities.ts';
import { Caller, callTcp, closeFront, openFront, type EchoFront } from './testing/open-front.ts';
import { byteByByte, piecemeal } from './testing/piecemeal.ts';
import { proxyV2 } from './testing/proxy-bytes.ts';
import { createTlsDoor } from './tls-door.ts';

const log = { warn: () => undefined, debug: () => undefined };
const identities = [newIdentity('ec')];
const tls = createTlsDoor({ identities, pskOf: () => randomBytes(32), log });
const loopback = { family: 'ipv4', address: '127.0.0.0', prefix: 8 } as const;

const V1 = Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 56324 1883\r\n');
const V2_IPV6 = proxyV2(
  0x21,
  0x21,
  Buffer.from(`20010db8${'0'.repeat(22)}09${'0'.repeat(31)}1dc04075b0400021122`, 'hex'),
);
const from = (address: string): Buffer =>
  Buffer.from(`PROXY TCP4 ${address} 10.0.0.1 56324 1883\r\n`);

let at: EchoFront;

beforeEach(async () => {
  const limits = { arrivalSeconds: 0.3, maxHalfOpenPerAddress: 3 };
  at = await openFront({ tls, proxyFrom: [loopback], limits });
});
afterEach(() => closeFront(at));

describe('a listed proxy', () => {
  it.each([
    ['version 1', V1, '203.0.113.9:56324'],
    ['version 2 with IPv6 and a TLV', V2_IPV6, '[2001:db8::9]:56324'],
  ])('that sends %s is taken for its client', async (_what, header, remoteAddress) => {
    const caller = (await callTcp(at.front.port)).send(Buffer.concat([header, Buffer.from('hi')]));
    await caller.heard('hi');
    expect(at.arrivals[0]).toMatchObject({ remoteAddress, transport: 'tcp' });
    expect(caller.text).toBe('hi');
  });

  it.each([
    ['byte by byte', byteByByte],
    ['apart from what follows', (chunk: Buffer) => [chunk]],
  ])('that sends its header %s is understood', async (_what, pieces) => {
    const caller = await callTcp(at.front.port);
    const slow = piecemeal(caller.socket, pieces);
    slow.write(V2_IPV6);
    slow.write('hi');
    await caller.heard('hi');
    expect(at.arrivals[0]?.remoteAddress).toBe('[2001:db8::9]:56324');
  });

  it.each([
    ['LOCAL of version 2', proxyV2(0x20, 0x11, Buffer.from('cb0071090a000001dc04075b', 'hex'))],
    ['UNKNOWN of version 1', Buffer.from('PROXY UNKNOWN\r\n')],
  ])('that sends %s keeps the address of its socket', async (_what, header) => {
    const caller = (await callTcp(at.front.port)).send(header).send('hi');
    await caller.heard('hi');
    const remoteAddress = `127.0.0.1:${String(caller.socket.localPort)}`;
    expect(at.arrivals[0]).toMatchObject({ remoteAddress });
  });

  it.each([
    ['in front of TLS', (chunk: Buffer) => [chunk]],
    ['in one segment with the ClientHello', null],
  ])('may send it %s', async (_what, pieces) => {
    const tcp = await callTcp(at.front.port);
    let head: Buffer | null = V1;
    const joined = (chunk: Buffer): Buffer[] => {
      const whole = head === null ? chunk : Buffer.concat([head, chunk]);
      head = null;
      return [whole];
    };
    if (pieces !== null) tcp.send(V1);
    const socket = piecemeal(tcp.socket, pieces ?? joined);
    const caller = new Caller(connectTls({ socket, rejectUnauthorized: false }));
    await caller.send('hi').heard('hi');
    const remoteAddress = '203.0.113.9:56324';
    expect(at.arrivals[0]).toMatchObject({ remoteAddress, transport: 'tls' });
  });

  it.each([
    ['nothing of the kind', Buffer.from('\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0')],
    ['a ClientHello at once', Buffer.from('16030100c8010000c4', 'hex')],
    ['a broken line', Buffer.from('PROXY TCP4 a b c d\r\n')],
    ['a line without an end', Buffer.from('PROXY '.padEnd(200, 'x'))],
    ['version 3', proxyV2(0x31, 0x11, Buffer.alloc(12))],
  ])('that sends %s is closed', async (_what, bytes) => {
    const caller = (await callTcp(at.front.port)).send(bytes);
    await caller.whenClosed();
    expect(at.arrivals).toEqual([]);
    expect(at.logged).toMatchObject([{ message: 'a listed proxy sent no PROXY header' }]);
    await waitUntil(() => at.front.counts.open === 0, 'the socket to be gone');
  });

  it.each([
    ['nothing', ''],
    ['half a header', 'PROXY TCP4 203.0'],
    ['the header alone', V1],
  ])('that sends %s and waits is closed at the deadline', async (_what, bytes) => {
    const caller = (await callTcp(at.front.port)).send(bytes);
    await caller.whenClosed();
    await waitUntil(() => at.front.counts.open === 0, 'the socket to be gone');
    expect(at.front.counts.halfOpen).toBe(0);
  });

  it('is counted for its clients, not for itself', async () => {
    await closeFront(at);
    const limits = { arrivalSeconds: 600, maxHalfOpenPerAddress: 3 };
    at = await openFront({ tls, proxyFrom: [loopback], limits });
    const waiting = Array.from({ length: 9 }, async () => callTcp(at.front.port));
    const callers = await Promise.all(waiting);
    await waitUntil(() => at.front.counts.halfOpen === 9, 'all to be accepted');
    // A record of TLS is begun, so that they stay half open.
    const four = callers.slice(0, 4);
    for (const caller of four) caller.send(from('203.0.113.9')).send('\x16');
    await waitUntil(() => at.turnedAway.length > 0, 'one of the four to be turned away');
    expect(at.turnedAway).toEqual([{ address: '203.0.113.9', limit: 'maxHalfOpenPerAddress' }]);
    await waitUntil(() => four.some(({ closed }) => closed), 'it to be closed');
    expect(four.filter(({ closed }) => closed)).toHaveLength(1);
    await callers[4]?.send(from('203.0.113.10')).send('hi').heard('hi');
    for (const { socket } of four) socket.destroy();
    await waitUntil(() => at.front.counts.open === 5, 'those of the address to be gone');
    await callers[5]?.send(from('203.0.113.9')).send('hi').heard('hi');
  });
});

describe('listed proxies without a header', () => {
  it('are told of once a minute, not each time', async () => {
    for (let i = 0; i < 5; i += 1) await (await callTcp(at.front.port)).send('\x10').whenClosed();
    expect(at.logged).toHaveLength(1);
  });
});

describe('an address that is not listed', () => {
  it.each([
    ['version 1', V1],
    ['version 2', V2_IPV6],
  ])('says nothing by a header of %s: its bytes are those of a client', async (_what, header) => {
    await closeFront(at);
    at = await openFront({ tls, proxyFrom: [{ ...loopback, address: '10.0.0.0' }] });
    const caller = (await callTcp(at.front.port)).send(header);
    await caller.heard(header.toString('latin1'));
    const remoteAddress = `127.0.0.1:${String(caller.socket.localPort)}`;
    expect(at.arrivals[0]).toMatchObject({ remoteAddress });
  });
});
