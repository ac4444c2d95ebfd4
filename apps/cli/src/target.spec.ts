import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTarget } from './target.ts';

describe('the ports of the platform that TALLYSTICK_URL names', () => {
  const kept = { http: 40_001, mqtt: 40_002 };
  let home = '';
  const portsAt = (url: string): unknown =>
    findTarget({ TALLYSTICK_HOME: home, TALLYSTICK_TOKEN: 'token', TALLYSTICK_URL: url }).ports;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tallystick-cli-'));
    writeFileSync(join(home, 'ports.json'), JSON.stringify(kept));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it.each(['http://127.0.0.1:40001', 'http://localhost:40001'])(
    'are those in HOME where %s is the one that runs there',
    (url) => {
      expect(portsAt(url)).toEqual(kept);
    },
  );

  it.each(['http://127.0.0.1:40003', 'http://192.0.2.1:40001', 'http://localhost'])(
    'are unknown where %s is another',
    (url) => {
      expect(portsAt(url)).toEqual({});
    },
  );
});

describe('the root that a platform on this machine has made', () => {
  let home = '';
  const rootAt = (more: Readonly<Record<string, string>> = {}): string | null =>
    findTarget({ TALLYSTICK_HOME: home, TALLYSTICK_TOKEN: 'token', ...more }).rootFile;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tallystick-cli-'));
    writeFileSync(join(home, 'ports.json'), '{"http":40001}');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('is that in HOME, where there is one and it is served', () => {
    expect(rootAt()).toBeNull();
    writeFileSync(join(home, 'tls-root.pem'), 'root');
    expect(rootAt()).toBe(join(home, 'tls-root.pem'));
    expect(rootAt({ TALLYSTICK_TLS_CERT_FILE: '/tls.crt' })).toBeNull();
    expect(rootAt({ TALLYSTICK_URL: 'http://192.0.2.1:40001' })).toBeNull();
  });
});
