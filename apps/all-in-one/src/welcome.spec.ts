import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadSettings } from '@tallystick/services-edge';
import { afterAll, describe, expect, it } from 'vitest';
import { ownRegistry, welcome } from './welcome.ts';

describe('what the terminal says when the platform is up', () => {
  const home = mkdtempSync(join(tmpdir(), "o'perator ü $x-"));
  const file = join(home, 'admin-token');
  writeFileSync(file, 'the-token\n');
  afterAll(() => rmSync(home, { recursive: true }));

  function said(
    path: string,
    more: Readonly<Record<string, string>> = {},
    ports: Parameters<typeof welcome>[1] = {},
  ): string {
    const settings = loadSettings({ TALLYSTICK_HOME: path, ...more });
    if (!settings.ok) throw new Error(settings.error.join());
    return welcome(settings.value, ports, join(path, 'admin-token'), path);
  }
  const inShell = (script: string): string =>
    execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim();

  it.skipIf(process.platform === 'win32')(
    'given a HOME of any name, then its lines can be pasted as they are',
    () => {
      const text = said(home);
      const looking = /^ {2}(export .*)$/m.exec(text)?.[1] ?? '';
      expect(inShell(`${looking}; printf %s "$TALLYSTICK_HOME"`)).toBe(home);
      const header = /-H ("authorization: .*") -H/.exec(text)?.[1] ?? '';
      expect(inShell(`printf %s ${header}`)).toBe('authorization: Bearer the-token');
    },
  );

  it('given the usual HOME, then the command line needs not be told of it', () => {
    expect(said(resolve('.tallystick'))).not.toContain('export');
  });

  it('given doors that are open, then each stands there, and the root that clients must trust', () => {
    const text = said('/var/tallystick', {}, { mqtt: 40_001, mqttWs: 40_002 });
    expect(text).toMatch(/^ {2}devices +127\.0\.0\.1:40001 +MQTT, TCP and TLS$/m);
    expect(text).toMatch(/^ +127\.0\.0\.1:40002 +MQTT, WebSocket/m);
    expect(text).not.toContain('EnOS');
    expect(text).toContain('root for TLS     /var/tallystick/tls-root.pem');
    expect(said('/var/tallystick')).toContain('every port for them is off');
    const off = said('/var/tallystick', { TALLYSTICK_HTTP_PORT: 'off' }, { mqtt: 40_001 });
    expect(off).toContain("the operators' API is off");
    expect(off).not.toContain('curl');
    const files = { TALLYSTICK_TLS_CERT_FILE: '/tls.crt', TALLYSTICK_TLS_KEY_FILE: '/tls.key' };
    expect(said('/var/tallystick', files)).toContain('root for TLS     that of /tls.crt');
  });

  it.each([
    ['::1', 'http://[::1]:8080/api/v1', "export TALLYSTICK_URL='http://[::1]:8080'"],
    ['192.0.2.7', 'http://192.0.2.7:8080/api/v1', 'export TALLYSTICK_URL=http://192.0.2.7:8080'],
    ['0.0.0.0', 'http://127.0.0.1:8080/api/v1', null],
    ['::', 'http://127.0.0.1:8080/api/v1', null],
  ])('given the host %s, then its lines reach the platform', (host, api, line) => {
    const text = said(resolve('.tallystick'), { TALLYSTICK_HOST: host });
    expect(text).toContain(api);
    if (line === null) expect(text).not.toContain('export');
    else expect(text).toContain(line);
  });
});

describe('where the gateway reaches the registry beside it', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:4711'],
    ['::1', 'http://[::1]:4711'],
    ['192.0.2.7', 'http://192.0.2.7:4711'],
    ['0.0.0.0', 'http://127.0.0.1:4711'],
  ])('given the host %s, then where that one listens', (host, url) => {
    const settings = loadSettings({ TALLYSTICK_HOST: host });
    if (!settings.ok) throw new Error(settings.error.join());
    expect(ownRegistry(settings.value, { internal: 4711 })).toBe(url);
  });
});
