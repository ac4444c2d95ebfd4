import { randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import type { DeviceListener } from '@tallystick/ports';
import { RecordingAuthority } from '@tallystick/test-kit';
import { connectAsync } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newIdentity } from '../front/testing/identities.ts';
import { callTcp, callTls } from '../front/testing/open-front.ts';
import { createTlsDoor, type TlsDoor } from '../front/tls-door.ts';
import { connectBytes, publishBytes, RawClient } from './testing/raw-client.ts';
import { listenFor } from './testing/listen-for.ts';
import { waitUntil } from './testing/wait-until.ts';

const identity = newIdentity('ec');
const log = { warn: () => undefined, debug: () => undefined };
const psk = Buffer.from('key');

let authority: RecordingAuthority;
let tls: TlsDoor;
let listener: DeviceListener<string>;

beforeEach(async () => {
  authority = new RecordingAuthority();
  const pskOf = (said: string): Uint8Array => (said === 'dev' ? psk : randomBytes(32));
  tls = createTlsDoor({ identities: [identity], pskOf, log });
  listener = await listenFor(authority, { tls, takes: 'both' });
});
afterEach(() => listener.close());

const overTls = (options = {}): RawClient => RawClient.over(callTls(listener.port, options).socket);

describe('MQTT over TLS, on the port of plain MQTT', () => {
  it('opens a session that names its transport', async () => {
    const client = overTls();
    client.send(connectBytes());
    expect((await client.next('connack')).returnCode).toBe(0);
    client.send(publishBytes('own/dev/x', 'up', { qos: 1, messageId: 7 }));
    expect((await client.next('puback')).messageId).toBe(7);
    const plain = await RawClient.admitted(listener.port, { username: 'other' });
    await plain.ping();
    const transports = authority.claims.map(({ transport }) => transport);
    expect(transports).toEqual(['tls', 'tcp']);
    expect(authority.open.get('s1')?.claim.transport).toBe('tls');
    const remoteAddress = `127.0.0.1:${String(client.socket.localPort)}`;
    expect(authority.claims[0]).toMatchObject({ remoteAddress, pskIdentity: null });
  });

  it('tells the authority which TLS-PSK identity was proven', async () => {
    const client = overTls({
      ciphers: 'PSK-AES128-CBC-SHA:@SECLEVEL=0',
      maxVersion: 'TLSv1.2',
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk, identity: 'dev' }),
    });
    client.send(connectBytes());
    await client.next('connack');
    expect(authority.claims[0]).toMatchObject({ transport: 'tls', pskIdentity: 'dev' });
  });

  it('takes the key over from a session over TCP, and the other way round', async () => {
    const plain = await RawClient.admitted(listener.port);
    const first = overTls();
    first.send(connectBytes());
    await first.next('connack');
    await plain.whenClosed();
    await RawClient.admitted(listener.port);
    await first.whenClosed();
    expect(authority.log.filter((line) => line.endsWith('taken-over'))).toHaveLength(2);
  });

  it('shows a refusal, and ends', async () => {
    const client = overTls();
    client.send(connectBytes({ username: 'refuse-5' }), publishBytes('own/dev/x', 'behind'));
    expect((await client.next('connack')).returnCode).toBe(5);
    await client.whenClosed();
  });

  it('has a CONNECT that comes with the end of the handshake, byte by byte or at once', async () => {
    const client = overTls({ minVersion: 'TLSv1.3' });
    for (const byte of connectBytes()) client.send(Buffer.of(byte));
    expect((await client.next('connack')).returnCode).toBe(0);
  });

  it('carries 5 MB up', async () => {
    const client = overTls();
    client.send(connectBytes());
    await client.next('connack');
    const part = Buffer.alloc(100_000, 'x');
    for (let i = 0; i < 50; i += 1) client.send(publishBytes('own/dev/x', part));
    await waitUntil(() => authority.uplinks.length === 50, 'all to be published');
    await client.ping();
  });

  it('sessions end with the listener, each told of', async () => {
    const client = overTls();
    client.send(connectBytes());
    await client.next('connack');
    const half = await callTcp(listener.port);
    half.send('\x16\x03\x01');
    await listener.close();
    await client.whenClosed();
    await half.whenClosed();
    expect(authority.log).toContain('closed s1 gateway-closing');
  });

  it('is spoken by the npm client mqtt', async () => {
    const client = await connectAsync({
      ...{ protocol: 'mqtts', host: '127.0.0.1', port: listener.port, ca: identity.certPem },
      ...{ username: 'dev', password: 'right', clientId: 'c', servername: 'localhost' },
    });
    await client.publishAsync('own/dev/x', 'up', { qos: 1 });
    await client.endAsync();
    expect(authority.uplinks.map(({ topic }) => topic)).toEqual(['own/dev/x']);
  });

  it('is closed while there is no certificate; sessions over TLS and TCP stay', async () => {
    const live = overTls();
    live.send(connectBytes());
    await live.next('connack');
    tls.use(null);
    await callTls(listener.port).whenClosed();
    await live.ping();
    await RawClient.admitted(listener.port, { username: 'other' });
    expect(authority.open.size).toBe(2);
  });
});

describe('a client that fails its handshake', () => {
  it.each<[string, ConnectionOptions]>([
    ['with an unknown protocol', { ALPNProtocols: ['h2'] }],
    ['by not trusting the certificate', { rejectUnauthorized: true }],
    ['with no suite of ours', { ciphers: 'PSK-AES256-CBC-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' }],
    [
      'with an old version',
      { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' },
    ],
  ])('%s, 50 times, leaves the process as it was', async (_what, options) => {
    const fail: ConnectionOptions = { ...options, pskCallback: () => ({ psk, identity: 'dev' }) };
    for (let i = 0; i < 50; i += 1) await callTls(listener.port, fail).whenClosed();
    const client = overTls();
    client.send(connectBytes());
    await client.next('connack');
    expect(authority.claims).toHaveLength(1);
  });
});

describe('a header of PROXY protocol', () => {
  const header = 'PROXY TCP4 203.0.113.9 10.0.0.1 56324 1883\r\n';

  it('from a listed address makes remoteAddress the client', async () => {
    await listener.close();
    const proxyFrom = [{ family: 'ipv4', address: '127.0.0.1', prefix: 32 }] as const;
    listener = await listenFor(authority, { tls, takes: 'both', proxyFrom });
    const client = await RawClient.open(listener.port);
    client.send(Buffer.from(header), connectBytes());
    expect((await client.next('connack')).returnCode).toBe(0);
    expect(authority.claims[0]?.remoteAddress).toBe('203.0.113.9:56324');
    const bare = await RawClient.open(listener.port);
    bare.send(connectBytes({ username: 'other' }));
    await bare.whenClosed();
    expect(bare.packets).toEqual([]);
  });

  it('from anybody else is no MQTT', async () => {
    const client = await RawClient.open(listener.port);
    client.send(Buffer.from(header), connectBytes());
    await client.whenClosed();
    expect([client.packets, authority.claims]).toEqual([[], []]);
  });
});
