import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type ConnectionOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openHome } from '../home.ts';
import type { Home } from '../home.types.ts';
import { openOwnIdentities, type OwnIdentitiesOptions } from './own-identities.ts';
import type { TlsIdentities, TlsIdentity } from './tls-identity.types.ts';

const DAY_MS = 86_400_000;
const NAMES = ['localhost', 'iot.example', '127.0.0.1', '::1'];
const logger = { info: () => undefined, error: () => undefined };

/** What a server with these says of itself to a client that trusts the root alone. */
async function handshake(
  identities: readonly TlsIdentity[],
  ca: string,
  options: ConnectionOptions = {},
): Promise<string> {
  const cert = identities.map((one) => one.certPem);
  const server = createServer({ cert, key: identities.map((one) => one.keyPem) });
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket) => socket.on('error', () => undefined).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, ca, ...options });
  try {
    await once(client, 'secureConnect');
    return client.getPeerX509Certificate()?.publicKey.asymmetricKeyType ?? '';
  } finally {
    client.destroy();
    server.close();
  }
}

describe('certificates that an installation makes for itself', () => {
  let home: Home;
  let folder: string;
  let now: number;
  const opened: TlsIdentities[] = [];

  beforeEach(() => {
    now = Date.now();
    folder = mkdtempSync(join(tmpdir(), 'tallystick-tls-'));
    home = openHome(folder);
  });
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
    home.release();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(options: Partial<OwnIdentitiesOptions> = {}): Promise<TlsIdentities> {
    const clock = { now: () => now };
    const one = await openOwnIdentities({ home, names: NAMES, clock, logger, ...options });
    opened.push(one);
    return one;
  }
  const served = (one: TlsIdentities): readonly TlsIdentity[] => one.current() ?? [];
  const root = (): string => readFileSync(home.file('tls-root.pem'), 'utf8');

  it('given none yet, then a root and a leaf of each kind, which clients of both kinds verify', async () => {
    const one = await open();
    expect(one.state()).toBe('ok');
    expect(
      await handshake(served(one), root(), {
        ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
        maxVersion: 'TLSv1.2',
      }),
    ).toBe('ec');
    expect(
      await handshake(served(one), root(), {
        ciphers: 'ECDHE-RSA-AES128-GCM-SHA256',
        maxVersion: 'TLSv1.2',
      }),
    ).toBe('rsa');
    expect(
      await handshake(served(one), root(), { ciphers: 'AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }),
    ).toBe('rsa');
    expect(await handshake(served(one), root(), { servername: 'iot.example' })).toBe('ec');
    await expect(handshake(served(one), root(), { servername: 'other.example' })).rejects.toThrow(
      /altnames/,
    );
  });

  it('given a leaf, then it is for every name, for servers alone, and names its issuer', async () => {
    const one = await open();
    const issuer = new X509Certificate(root());
    expect(issuer.ca).toBe(true);
    for (const { certPem } of served(one)) {
      const leaf = new X509Certificate(certPem);
      expect(leaf.ca).toBe(false);
      expect(leaf.verify(issuer.publicKey) && leaf.checkIssued(issuer)).toBe(true);
      expect([leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).toEqual(
        ['localhost', '127.0.0.1', '::1'],
      );
      expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
      expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    }
  });

  it('keeps the keys to their owner, and gives the root to everybody', async () => {
    await open();
    const mode = (name: string): number => statSync(home.file(name)).mode & 0o777;
    expect([mode('tls-root-key.pem'), mode('tls-server.pem'), mode('tls-root.pem')]).toEqual([
      0o600, 0o600, 0o644,
    ]);
  });

  it('given a restart, then the same root and the same leaves', async () => {
    const first = served(await open());
    const before = root();
    expect(served(await open())).toEqual(first);
    expect(root()).toBe(before);
  });

  it.each([
    ['other names', { names: ['localhost', '2001:db8::7'] }, 0],
    ['leaves that end within a month', {}, 61 * DAY_MS],
    ['a clock that was set back', {}, -2 * DAY_MS],
  ])('given %s, then new leaves of the same root', async (_, options, later) => {
    const first = served(await open());
    const before = root();
    now += later;
    const second = served(await open(options));
    expect(second).toHaveLength(2);
    expect(second[0]?.certPem).not.toBe(first[0]?.certPem);
    expect(root()).toBe(before);
    const issuer = new X509Certificate(before);
    expect(
      second.every(({ certPem }) => new X509Certificate(certPem).verify(issuer.publicKey)),
    ).toBe(true);
  });

  it('given leaves that are about to end while it runs, then new ones are told', async () => {
    const one = await open({ lookEveryMs: 5 });
    const first = served(one);
    let told = 0;
    one.onChange(() => (told += 1));
    now += 61 * DAY_MS;
    await vi.waitFor(() => expect(told).toBe(1), { timeout: 10_000 });
    expect(served(one)).not.toEqual(first);
  });

  it('given leaves that somebody has spoilt, then new ones', async () => {
    await open();
    writeFileSync(home.file('tls-server.pem'), 'nothing');
    expect(served(await open())).toHaveLength(2);
  });

  it.each([
    ['a key that is none', 'tls-root-key.pem', 'nothing'],
    ['a root that is none', 'tls-root.pem', 'nothing'],
  ])(
    'given %s, then no other takes its place: the doors stay shut and it says why',
    async (_, file, text) => {
      await open();
      writeFileSync(home.file(file), text);
      const told: string[] = [];
      const one = await open({
        logger: {
          ...logger,
          error: (fields: object) => void told.push(String(Object.values(fields))),
        },
      });
      expect(one.current()).toBeNull();
      expect(one.state()).toMatch(/^shut: .*restore it/);
      expect(told).toHaveLength(1);
      expect(readFileSync(home.file(file), 'utf8')).toBe(text);
    },
  );

  it('given a root without its key, then no new key is made', async () => {
    await open();
    rmSync(home.file('tls-root-key.pem'));
    expect((await open()).state()).toMatch(/^shut: .*tls-root-key.pem is not there/);
    expect(() => statSync(home.file('tls-root-key.pem'))).toThrow('ENOENT');
  });
});
