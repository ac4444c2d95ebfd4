import { createHmac, randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newIdentity } from './testing/identities.ts';
import { callTls, closeFront, openFront, type EchoFront } from './testing/open-front.ts';
import { OpensslClient } from './testing/openssl-client.ts';
import { createTlsDoor, type TlsDoor } from './tls-door.ts';

const SUITE = 'PSK-AES128-CBC-SHA';
const WEAK = `${SUITE}:@SECLEVEL=0`;
/** Vector A6 of Link SDK 4: the key is the hex text itself, not its bytes. */
const IDENTITY = 'devicename|hmacsha256|pk&dn|2524608000000';
const KEY = createHmac('sha256', 'secret')
  .update('idpk&dntimestamp2524608000000')
  .digest('hex')
  .toUpperCase();

const certificate = newIdentity('rsa');

let asked: string[];
let pskOf: (identity: string) => Uint8Array;
let tls: TlsDoor;
let at: EchoFront;

beforeEach(async () => {
  asked = [];
  pskOf = (identity) => (identity === IDENTITY ? Buffer.from(KEY) : randomBytes(64));
  const log = { warn: () => undefined, debug: () => undefined };
  const keyOf = (identity: string): Uint8Array => {
    asked.push(identity);
    return pskOf(identity);
  };
  tls = createTlsDoor({ identities: [certificate], pskOf: keyOf, log });
  at = await openFront({ tls, takes: 'tls' });
});
afterEach(() => closeFront(at));

function withKey(identity: string, key: string, ciphers = WEAK): ConnectionOptions {
  const psk = Buffer.from(key);
  const checkServerIdentity = (): undefined => undefined;
  const fields = { ciphers, maxVersion: 'TLSv1.2', checkServerIdentity } as const;
  return { ...fields, pskCallback: () => ({ psk, identity }) };
}

async function failureOf(options: ConnectionOptions): Promise<string> {
  const caller = callTls(at.front.port, options);
  await caller.whenClosed();
  return caller.error?.code ?? 'none';
}

describe('a client that offers nothing but the suite of Link SDK 4', () => {
  it('and has the key of its identity arrives under that identity', async () => {
    expect(KEY).toBe('7360FE36DB1840175D6CFF11118ADAF4ECF07CBE3D7D01FBE53DC0DC84FE27C3');
    const caller = callTls(at.front.port, withKey(IDENTITY, KEY));
    await caller.send('hello').heard('hello');
    expect(caller.socket.getCipher()).toMatchObject({ name: SUITE });
    expect(at.arrivals[0]).toMatchObject({ transport: 'tls', pskIdentity: IDENTITY });
  });

  it('is served with openssl as its client too', async () => {
    const psk = ['-psk', Buffer.from(KEY).toString('hex'), '-psk_identity', IDENTITY];
    const client = new OpensslClient(at.front.port, '-tls1_2', '-cipher', WEAK, ...psk);
    await client.says(`Cipher    : ${SUITE}`);
    client.type('spoken');
    await client.says(/\nspoken/);
    client.kill();
    expect(at.arrivals[0]?.pskIdentity).toBe(IDENTITY);
  });

  it('looks the same with an unknown identity as with a wrong key', async () => {
    const wrongKey = await failureOf(withKey(IDENTITY, `${KEY.slice(1)}0`));
    const unknown = await failureOf(withKey('devicename|hmacsha256|pk&nobody|1', KEY));
    const misshapen = await failureOf(withKey('x', KEY));
    expect(wrongKey).toContain('BAD_RECORD_MAC');
    expect([unknown, misshapen]).toEqual([wrongKey, wrongKey]);
    expect(asked).toEqual([IDENTITY, 'devicename|hmacsha256|pk&nobody|1', 'x']);
    expect(at.arrivals).toEqual([]);
  });

  it.each([
    ['throws', () => assert('the view is gone')],
    ['gives an empty key', () => new Uint8Array(0)],
    ['gives a key that is too long', () => new Uint8Array(300)],
  ])('looks the same when the look-up %s', async (_what, keyOf) => {
    pskOf = keyOf;
    expect(await failureOf(withKey(IDENTITY, KEY))).toContain('BAD_RECORD_MAC');
    pskOf = () => Buffer.from(KEY);
    await callTls(at.front.port, withKey(IDENTITY, KEY)).send('hello').heard('hello');
  });

  it('proves its key again though it offers an old session', async () => {
    const first = callTls(at.front.port, withKey(IDENTITY, KEY));
    await first.send('one').heard('one');
    const session = first.socket.getSession();
    first.socket.destroy();
    const options = { ...withKey(IDENTITY, KEY), ...(session && { session }) };
    const second = callTls(at.front.port, options);
    await second.send('two').heard('two');
    expect(second.socket.isSessionReused()).toBe(false);
    expect(asked).toEqual([IDENTITY, IDENTITY]);
  });

  it('is closed where the door is shut', async () => {
    tls.use(null);
    expect(await failureOf(withKey(IDENTITY, KEY))).not.toBe('none');
    expect(asked).toEqual([]);
  });
});

describe('no other handshake', () => {
  it('uses a pre-shared key: one who offers suites with certificates besides gets those', async () => {
    const both = withKey(IDENTITY, KEY, `${SUITE}:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0`);
    const caller = callTls(at.front.port, both);
    await caller.send('hello').heard('hello');
    expect(caller.socket.getCipher()).toMatchObject({ name: 'ECDHE-RSA-AES128-GCM-SHA256' });
    expect(at.arrivals[0]?.pskIdentity).toBeNull();
    expect(asked).toEqual([]);
  });

  it('not even TLS 1.3 with the suite beside its own', async () => {
    const tls13 = { ...withKey(IDENTITY, KEY), maxVersion: 'TLSv1.3' as const };
    const caller = callTls(at.front.port, tls13);
    await caller.send('hello').heard('hello');
    expect(caller.socket.getProtocol()).toBe('TLSv1.3');
    expect(asked).toEqual([]);
  });

  it.each([
    ['PSK-AES256-CBC-SHA:@SECLEVEL=0'],
    ['PSK-AES128-CBC-SHA256:@SECLEVEL=0'],
    ['PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA:@SECLEVEL=0'],
    ['NULL-SHA256:@SECLEVEL=0'],
    ['ADH-AES128-SHA:@SECLEVEL=0'],
    ['PSK-NULL-SHA:@SECLEVEL=0'],
  ])('is let down to a weaker level: %s finds no server', async (ciphers) => {
    expect(await failureOf(withKey(IDENTITY, KEY, ciphers))).toContain('HANDSHAKE_FAILURE');
    expect(asked).toEqual([]);
  });

  it.each([['-tls1_1'], ['-tls1']])('is let down to an older version: %s', async (version) => {
    const psk = ['-psk', '00', '-psk_identity', IDENTITY];
    const client = new OpensslClient(at.front.port, version, '-cipher', WEAK, ...psk);
    await client.says('alert protocol version');
    expect(asked).toEqual([]);
  });
});

function assert(message: string): never {
  throw new Error(message);
}
