import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitUntil } from '../mqtt/testing/wait-until.ts';
import { Door } from './door.ts';
import { newIdentity } from './testing/identities.ts';
import { callTcp, callTls, closeFront, openFront, type EchoFront } from './testing/open-front.ts';
import { OpensslClient } from './testing/openssl-client.ts';
import { byteByByte, inSmallRecords, piecemeal } from './testing/piecemeal.ts';
import { createTlsDoor, type TlsDoor } from './tls-door.ts';

const ec = newIdentity('ec');
const rsa = newIdentity('rsa');

let tls: TlsDoor;
let at: EchoFront;

beforeEach(async () => {
  const log = { warn: () => undefined, debug: () => undefined };
  tls = createTlsDoor({ identities: [ec, rsa], pskOf: () => randomBytes(32), log });
  at = await openFront({ tls });
});
afterEach(() => closeFront(at));

const subjectOf = (socket: TLSSocket): unknown => socket.getPeerCertificate().subject.CN;

describe('a port that takes TCP and TLS', () => {
  it('given bytes that are no TLS, when they come, then they arrive as they are', async () => {
    const caller = (await callTcp(at.front.port)).send('\x10plain');
    await caller.heard('\x10plain');
    expect(at.arrivals[0]).toMatchObject({ transport: 'tcp', pskIdentity: null });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const caller = callTls(at.front.port, { minVersion: version, maxVersion: version });
    await caller.send('hello').heard('hello');
    expect(caller.socket.getProtocol()).toBe(version);
    const remoteAddress = `127.0.0.1:${String(caller.socket.localPort)}`;
    expect(at.arrivals[0]).toMatchObject({ transport: 'tls', pskIdentity: null, remoteAddress });
  });

  it('refuses TLS 1.1', async () => {
    const client = new OpensslClient(at.front.port, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');
    await client.says('alert protocol version');
    await client.whenEnded();
    expect(at.arrivals).toEqual([]);
  });

  it.each([
    ['single bytes', byteByByte],
    ['records of seven bytes', inSmallRecords],
  ])('given a ClientHello in %s, then the handshake goes on as ever', async (_what, pieces) => {
    const { socket } = await callTcp(at.front.port);
    const caller = callTls(0, { socket: piecemeal(socket, pieces), maxVersion: 'TLSv1.2' });
    await caller.send('through').heard('through');
    expect(at.arrivals[0]).toMatchObject({ transport: 'tls' });
  });
});

describe('two ports that share a door', () => {
  it('share its bounds: what is open on one counts on the other', async () => {
    const door = new Door({ maxConnections: 2, maxHalfOpen: 2, maxHalfOpenPerAddress: 2 });
    const one = await openFront({ tls, door });
    const two = await openFront({ tls, door });
    await (await callTcp(one.front.port)).send('a').heard('a');
    const second = callTls(two.front.port);
    await second.send('b').heard('b');
    for (const { front, turnedAway } of [one, two]) {
      await (await callTcp(front.port)).whenClosed();
      expect(turnedAway).toEqual([{ address: '127.0.0.1', limit: 'maxConnections' }]);
    }
    second.socket.destroy();
    await waitUntil(() => door.open === 1, 'the second to be gone');
    await (await callTcp(one.front.port)).send('c').heard('c');
    await Promise.all([closeFront(one), closeFront(two)]);
    await waitUntil(() => door.open === 0, 'all to be gone');
  });
});

describe('the certificate', () => {
  it.each([
    ['EC', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['RSA', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['RSA', 'AES128-SHA'],
  ])('is the %s one for a client that knows %s alone', async (kind, ciphers) => {
    const caller = callTls(at.front.port, { ciphers, maxVersion: 'TLSv1.2' });
    await caller.send('hello').heard('hello');
    const { asn1Curve, bits } = caller.socket.getPeerCertificate();
    expect(asn1Curve === undefined ? `RSA ${String(bits)}` : 'EC').toContain(kind);
  });

  it('replaced, serves new handshakes at once, and live sessions stay', async () => {
    const before = callTls(at.front.port);
    await before.send('one').heard('one');
    tls.use([newIdentity('ec', 'next')]);
    const after = callTls(at.front.port);
    await after.send('two').heard('two');
    expect([subjectOf(before.socket), subjectOf(after.socket)]).toEqual(['localhost', 'next']);
    await before.send('three').heard('three');
  });

  it.each([
    ['a key of another certificate', { certPem: ec.certPem, keyPem: newIdentity('ec').keyPem }],
    ['a key of another kind', { certPem: ec.certPem, keyPem: rsa.keyPem }],
    ['no certificate', { certPem: 'none', keyPem: ec.keyPem }],
    ['no key', { certPem: ec.certPem, keyPem: '' }],
  ])('with %s is refused, and the one before stays', async (_what, identity) => {
    expect(() => tls.use([identity])).toThrow('a TLS certificate cannot be used');
    expect(tls.isOpen).toBe(true);
    await callTls(at.front.port).send('still').heard('still');
  });

  it('taken away shuts the door: TLS is closed, live sessions and plain TCP stay', async () => {
    const live = callTls(at.front.port);
    await live.send('one').heard('one');
    tls.use(null);
    expect(tls.isOpen).toBe(false);
    await callTls(at.front.port).whenClosed();
    await live.send('two').heard('two');
    await (await callTcp(at.front.port)).send('three').heard('three');
    expect(at.arrivals).toHaveLength(2);
    tls.use([ec]);
    await callTls(at.front.port).send('four').heard('four');
  });
});

describe('a port of TLS alone', () => {
  it('closes who speaks anything else', async () => {
    await closeFront(at);
    at = await openFront({ tls, takes: 'tls' });
    const caller = (await callTcp(at.front.port)).send('\x10plain');
    await caller.whenClosed();
    await callTls(at.front.port).send('hello').heard('hello');
    expect(at.arrivals).toHaveLength(1);
  });

  it('whose door was never opened closes every socket', async () => {
    await closeFront(at);
    at = await openFront({ tls: null, takes: 'tls' });
    await (await callTcp(at.front.port)).send('\x10plain').whenClosed();
    await callTls(at.front.port).whenClosed();
    expect(at.front.counts).toEqual({ open: 0, halfOpen: 0 });
  });
});

describe('an offered old session', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s becomes a full handshake', async (version) => {
    const options = { minVersion: version, maxVersion: version };
    const first = callTls(at.front.port, options);
    const sessions: Buffer[] = [];
    first.socket.on('session', (session: Buffer) => void sessions.push(session));
    await first.send('one').heard('one');
    const session = sessions.at(-1) ?? first.socket.getSession();
    first.socket.destroy();
    const second = callTls(at.front.port, { ...options, ...(session && { session }) });
    await second.send('two').heard('two');
    expect(second.socket.isSessionReused()).toBe(false);
  });

  it('is not even given out: openssl is served anew each time', async () => {
    const client = new OpensslClient(at.front.port, '-tls1_2', '-reconnect');
    await client.says(/(New, TLSv1.2[^]*){6}/);
    client.kill();
    expect(client.output).not.toContain('Reused');
  });
});

describe('a renegotiation', () => {
  it('is refused', async () => {
    const client = new OpensslClient(at.front.port, '-tls1_2');
    await client.says('Verify return code');
    client.type('R');
    await client.says('no renegotiation');
    await waitUntil(() => at.front.counts.open === 0, 'the socket to be gone');
  });
});

describe('a client certificate', () => {
  it('is asked for, without a list of CAs, and not demanded', async () => {
    const client = new OpensslClient(at.front.port, '-tls1_3');
    await client.says('No client certificate CA names sent');
    await client.says('Requested Signature Algorithms');
    client.type('anyway');
    await client.says(/\nanyway/);
    client.kill();
  });

  it('that nobody knows is taken: who it is, is decided later', async () => {
    const { certPem: cert, keyPem: key } = newIdentity('ec', 'device');
    await callTls(at.front.port, { cert, key }).send('hello').heard('hello');
  });
});

describe('a protocol that is offered by ALPN', () => {
  it.each([
    [['mqtt'], 'mqtt'],
    [['h2', 'http/1.1'], 'http/1.1'],
    [[], false],
  ])('%j: %j is spoken', async (offered, spoken) => {
    const caller = callTls(at.front.port, { ALPNProtocols: offered });
    await caller.send('hello').heard('hello');
    expect(caller.socket.alpnProtocol).toBe(spoken);
  });

  it('and is none of ours ends the handshake with its own alert', async () => {
    const caller = callTls(at.front.port, { ALPNProtocols: ['h2'] });
    await caller.whenClosed();
    expect(caller.error?.message).toContain('no application protocol');
  });
});
