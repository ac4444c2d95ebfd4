import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openFileIdentities } from './file-identities.ts';
import { makeLeaves } from './own-leaves.ts';
import { loadRoot, type Root } from './own-root.ts';
import type { TlsIdentities, TlsIdentity } from './tls-identity.types.ts';

const DAY_MS = 86_400_000;

describe('a certificate of two files', () => {
  const top = mkdtempSync(join(tmpdir(), 'tallystick-tls-files-'));
  let root: Root;
  let pairs: readonly (readonly TlsIdentity[])[];
  let folder: string;
  let now: number;
  let lines: string[];
  const opened: TlsIdentities[] = [];

  beforeAll(async () => {
    const home = {
      path: top,
      file: (name: string) => join(top, name),
      publishPort: () => undefined,
      release: () => undefined,
    };
    root = await loadRoot(home, Date.now);
    pairs = await Promise.all(
      ['a.example', 'b.example'].map((name) => makeLeaves(root, [name], Date.now())),
    );
  });
  beforeEach(() => {
    folder = mkdtempSync(join(top, 'files-'));
    now = Date.now();
    lines = [];
  });
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
  });

  const certFile = (): string => join(folder, 'tls.crt');
  const keyFile = (): string => join(folder, 'tls.key');
  /** EC stands first in each pair. */
  const of = (index: number, kind = 0): TlsIdentity =>
    pairs[index]?.[kind] ?? { certPem: '', keyPem: '' };
  function write({ certPem, keyPem }: TlsIdentity): void {
    writeFileSync(certFile(), certPem);
    writeFileSync(keyFile(), keyPem);
  }
  async function open(): Promise<TlsIdentities> {
    const say = (_: object, text: string): void => void lines.push(text);
    const one = await openFileIdentities({
      ...{ certFile: certFile(), keyFile: keyFile(), clock: { now: () => now } },
      logger: { info: say, warn: say },
      lookEveryMs: 5,
    });
    opened.push(one);
    return one;
  }
  const names = (one: TlsIdentities): readonly (string | undefined)[] =>
    (one.current() ?? []).map(({ certPem }) => new X509Certificate(certPem).subjectAltName);
  const soon = (check: () => void): Promise<void> =>
    vi.waitFor(check, { timeout: 5_000, interval: 5 });

  it('given both files, then they are served, the chain behind the leaf', async () => {
    write({ certPem: root.certPem + of(0).certPem, keyPem: of(0).keyPem });
    const one = await open();
    expect(one.state()).toBe('ok');
    expect(one.current()).toEqual([
      { certPem: of(0).certPem + root.certPem, keyPem: of(0).keyPem },
    ]);
  });

  it('given an EC and an RSA pair in one file each, then both, each with its own chain', async () => {
    const both = [of(0, 0), of(0, 1)];
    write({
      certPem: both.map((one) => one.certPem).join('') + root.certPem,
      keyPem: both.map((one) => one.keyPem).join(''),
    });
    expect((await open()).current()).toEqual(
      both.map(({ certPem, keyPem }) => ({ certPem: certPem + root.certPem, keyPem })),
    );
  });

  it('given new files, then new handshakes have them, and it is told once', async () => {
    write(of(0));
    const one = await open();
    let told = 0;
    one.onChange(() => (told += 1));
    write(of(1));
    await soon(() => expect(names(one)).toEqual(['DNS:b.example']));
    expect(told).toBe(1);
    expect(one.state()).toBe('ok');
  });

  it('given folders behind a link that is moved, as Kubernetes mounts a Secret, then the new one', async () => {
    const link = join(folder, 'data');
    const folders = [0, 1].map((index) => {
      const real = join(folder, `real-${index}`);
      mkdirSync(real);
      writeFileSync(join(real, 'tls.crt'), of(index).certPem);
      writeFileSync(join(real, 'tls.key'), of(index).keyPem);
      return real;
    });
    symlinkSync(folders[0] ?? '', link);
    symlinkSync(join(link, 'tls.crt'), certFile());
    symlinkSync(join(link, 'tls.key'), keyFile());
    const one = await open();
    expect(names(one)).toEqual(['DNS:a.example']);
    symlinkSync(folders[1] ?? '', `${link}.new`);
    renameSync(`${link}.new`, link);
    await soon(() => expect(names(one)).toEqual(['DNS:b.example']));
  });

  it.each([
    [
      'a certificate of another key',
      () => writeFileSync(certFile(), of(1).certPem),
      /fits no certificate/,
    ],
    [
      'half a certificate',
      () => writeFileSync(certFile(), of(1).certPem.slice(0, 300)),
      /no certificate in it/,
    ],
    [
      'a certificate that is none',
      () =>
        writeFileSync(certFile(), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
      /cannot be used/,
    ],
    ['an empty key', () => writeFileSync(keyFile(), ''), /no private key/],
    [
      'two keys of one kind',
      () => writeFileSync(keyFile(), of(0).keyPem + of(1).keyPem),
      /two keys of one kind/,
    ],
    ['no certificate any more', () => rmSync(certFile()), /is not there/],
    ['a folder in its place', () => (rmSync(keyFile()), mkdirSync(keyFile())), /cannot be read/],
  ])(
    'given %s, then the old one is kept, it is said once, and the next good one is taken',
    async (_, spoil, words) => {
      write(of(0));
      const one = await open();
      lines = [];
      spoil();
      await soon(() => expect(lines).toEqual([expect.stringMatching(words)]));
      expect(lines[0]).toMatch(/^the TLS ports keep their certificate/);
      expect(one.state()).toMatch(/^kept: TALLYSTICK_TLS_/);
      expect(names(one)).toEqual(['DNS:a.example']);
      expect(lines.join()).not.toContain(of(0).keyPem.slice(40, 80));
      rmSync(keyFile(), { recursive: true });
      write(of(1));
      await soon(() => expect(names(one)).toEqual(['DNS:b.example']));
      expect(lines.filter((line) => line.includes('keep'))).toHaveLength(1);
    },
  );

  it('given no files at the start, then it says so once, and opens when they come', async () => {
    const one = await open();
    expect([one.current(), one.state()]).toEqual([
      null,
      expect.stringMatching(/^shut: .*tls.crt is not there/),
    ]);
    await soon(() => expect(lines).toEqual([expect.stringMatching(/^the TLS ports stay shut/)]));
    let told = 0;
    one.onChange(() => (told += 1));
    write(of(0));
    await soon(() => expect(told).toBe(1));
    expect(names(one)).toEqual(['DNS:a.example']);
  });

  it('given a certificate that has ended, then it takes the place of none that is good', async () => {
    write(of(0));
    const one = await open();
    now += 200 * DAY_MS;
    write(of(1));
    await soon(() => expect(lines.join()).toContain('has ended'));
    expect(names(one)).toEqual(['DNS:a.example']);
    expect(names(await open())).toEqual(['DNS:b.example']);
  });
});
