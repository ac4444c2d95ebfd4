import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadKeyFile, loadToken, newGatewayKeys } from './credentials-files.ts';
import { openHome } from './home.ts';

describe("an app's home", () => {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-home-'));
  const path = join(root, 'home');
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  it('is held once, by a process that is named, and free again when it is released', () => {
    const home = openHome(path);
    expect(() => openHome(path)).toThrow(`${path} is in use by process ${process.pid}: stop it`);
    home.release();
    expect(existsSync(join(path, 'lock'))).toBe(false);
    openHome(path).release();
  });

  it('is taken over from a process before a restart, whatever id stands in it', () => {
    for (const left of ['1\n', `${process.pid}\n`, '', 'no id']) {
      openHome(path).release();
      writeFileSync(join(path, 'lock'), left);
      const home = openHome(path);
      expect(readFileSync(join(path, 'lock'), 'utf8')).toBe(`${process.pid}\n`);
      home.release();
    }
  });

  it('is made with the folders above it', () => {
    openHome(join(path, 'of', 'one')).release();
    expect(statSync(join(path, 'of', 'one')).mode & 0o777).toBe(0o700);
  });

  it.runIf(process.platform === 'linux')(
    'is refused, not tried for ever, where the file system denies its own parent',
    () => {
      const home = JSON.stringify(new URL('home.ts', import.meta.url).href);
      const script = `const { openHome } = await import(${home}); openHome('/proc/tallystick');`;
      const hooks = new URL('../../../../deploy/ts-hooks.mjs', import.meta.url).href;
      const words = ['--conditions=@tallystick/source', '--import', hooks, '--input-type=module'];
      // In a process of its own: a call that never returns could not be failed here.
      const done = spawnSync(process.execPath, [...words, '-e', script], {
        encoding: 'utf8',
        timeout: 10_000,
        killSignal: 'SIGKILL',
      });
      expect(done.stderr).toContain('TALLYSTICK_HOME /proc/tallystick cannot be made');
    },
  );

  it('says which ports are open, and forgets them at the end', () => {
    const home = openHome(path);
    home.publishPort('http', 8080);
    home.publishPort('mqtt', 1883);
    expect(JSON.parse(readFileSync(join(path, 'ports.json'), 'utf8'))).toEqual({
      http: 8080,
      mqtt: 1883,
    });
    home.release();
    expect(existsSync(join(path, 'ports.json'))).toBe(false);
  });

  it('makes a token once, for its owner alone, and refuses where it may not make one', () => {
    const home = openHome(path);
    const named = {
      setting: 'TALLYSTICK_ADMIN_TOKEN_FILE',
      value: null,
      file: null,
      fallback: 'admin-token',
    };
    expect(() => loadToken(home, named, false)).toThrow(/admin-token is not there/);
    const first = loadToken(home, named, true);
    expect(first.token.length).toBeGreaterThanOrEqual(32);
    expect(loadToken(home, named, true)).toEqual(first);
    expect(statSync(join(path, 'admin-token')).mode & 0o777).toBe(0o600);
    expect(loadToken(home, { ...named, value: 'given' }, true)).toEqual({
      token: 'given',
      file: null,
    });
    home.release();
  });

  it('refuses a token that no header can carry, and never says it', () => {
    const home = openHome(path);
    const named = { setting: 'TALLYSTICK_ADMIN_TOKEN_FILE', file: null, fallback: 'admin-token' };
    for (const value of ['two words', 'with-umlaut-ä', 'line\nbreak'])
      expect(() => loadToken(home, { ...named, value }, true)).toThrow(
        /^TALLYSTICK_ADMIN_TOKEN holds no token: it must be printable ASCII without blanks$/,
      );
    writeFileSync(home.file('admin-token'), 'two words\n');
    expect(() => loadToken(home, { ...named, value: null }, true)).toThrow(/admin-token holds no/);
    home.release();
  });

  it('refuses a token that is too short, from wherever it comes, names the setting and never says it', () => {
    const home = openHome(path);
    const setting = 'TALLYSTICK_ADMIN_TOKEN_FILE';
    const named = { setting, file: null, fallback: 'admin-token', least: 24 };
    const load = (value: string | null) => () => loadToken(home, { ...named, value }, true);
    const short = 'x'.repeat(23);
    expect(load(short)).toThrow(
      /^TALLYSTICK_ADMIN_TOKEN is too short: it needs at least 24 characters$/,
    );
    writeFileSync(home.file('admin-token'), `${short}\n`);
    expect(load(null)).toThrow(/^TALLYSTICK_ADMIN_TOKEN_FILE: .*admin-token is too short/);
    expect(load(`${short}x`)()).toEqual({ token: `${short}x`, file: null });
    home.release();
  });

  it('says what to do where a file cannot be made', () => {
    const home = openHome(path);
    const file = join(path, 'absent', 'keys.json');
    const named = { setting: 'TALLYSTICK_KEY_RING_FILE', file, fallback: 'key-ring.json' };
    expect(() => loadKeyFile(home, named, newGatewayKeys)).toThrow(/is its folder there/);
    home.release();
  });

  it('reads a key file that somebody else made first', () => {
    const home = openHome(path);
    const named = {
      setting: 'TALLYSTICK_GATEWAY_KEYS_FILE',
      file: join(root, 'keys.json'),
      fallback: 'gateway-keys.json',
    };
    const made = loadKeyFile(home, named, newGatewayKeys);
    expect(loadKeyFile(home, named, newGatewayKeys)).toBe(made);
    expect(() => loadKeyFile(home, { ...named, file: join(root, 'absent') }, null)).toThrow(
      /TALLYSTICK_GATEWAY_KEYS_FILE/,
    );
    home.release();
  });
});
