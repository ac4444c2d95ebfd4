import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requirePort } from './app-ports.ts';
import { loadSettings, parseConfigFile } from './settings.ts';
import { settingsHelp } from './settings-help.ts';

describe('settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-settings-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('have the defaults that the interface names', () => {
    const loaded = loadSettings({ TALLYSTICK_HOME: '/var/lib/tallystick' });
    expect(loaded).toMatchObject({
      ok: true,
      value: {
        home: '/var/lib/tallystick',
        host: '127.0.0.1',
        httpPort: 8080,
        internalPort: 8082,
        healthPort: 8090,
        deviceHttpPort: 8081,
        mqttPort: 1883,
        mqttsPort: 8883,
        enosMqttPort: 11883,
        enosMqttsPort: 18883,
        mqttWsPort: 8083,
        tlsCertFile: null,
        tlsKeyFile: null,
        serverNames: ['localhost', '127.0.0.1', '::1'],
        deviceHost: '127.0.0.1',
        deviceHostGuessed: false,
        proxyProtocolFrom: [],
        registryUrls: ['http://127.0.0.1:8082'],
        budgets: { tokenMs: 60_000, certificateMs: 900_000, secretMs: 14_400_000 },
        leaseMs: 10_000,
        pendingMs: 600_000,
        partitions: 12,
        topicPrefix: '',
        kafka: { brokers: [], sasl: null, tlsCaFile: null },
        databaseUrl: null,
      },
    });
  });

  it('close a port that is off', () => {
    const loaded = loadSettings({ TALLYSTICK_MQTTS_PORT: 'off', TALLYSTICK_HTTP_PORT: 'OFF' });
    expect(loaded).toMatchObject({ ok: true, value: { mqttsPort: null, httpPort: null } });
    const settings = loaded.ok ? loaded.value : null;
    expect(() => settings && requirePort(settings, 'mqtts', 'it is needed')).toThrow(
      'TALLYSTICK_MQTTS_PORT is off, but it is needed',
    );
    expect(() => settings && requirePort(settings, 'mqtt', 'it is needed')).not.toThrow();
  });

  it.each([
    [{ TALLYSTICK_HOST: '192.0.2.7' }, '192.0.2.7', false],
    [{ TALLYSTICK_HOST: '0.0.0.0' }, hostname(), true],
    [{ TALLYSTICK_HOST: '::' }, hostname(), true],
    [{ TALLYSTICK_HOST: '0.0.0.0', TALLYSTICK_DEVICE_HOST: 'iot.example' }, 'iot.example', false],
    [{ TALLYSTICK_DEVICE_HOST: '[2001:db8::7]' }, '2001:db8::7', false],
  ])('given %o, then devices are told %s', (environment, deviceHost, deviceHostGuessed) => {
    expect(loadSettings(environment)).toMatchObject({
      ok: true,
      value: { deviceHost, deviceHostGuessed },
    });
  });

  it('take addresses and networks that send PROXY protocol, of both families', () => {
    const loaded = loadSettings({
      TALLYSTICK_PROXY_PROTOCOL_FROM: '10.0.0.0/8, 192.0.2.7,2001:db8::/32,::1',
    });
    expect(loaded).toMatchObject({
      ok: true,
      value: {
        proxyProtocolFrom: [
          { family: 'ipv4', address: '10.0.0.0', prefix: 8 },
          { family: 'ipv4', address: '192.0.2.7', prefix: 32 },
          { family: 'ipv6', address: '2001:db8::', prefix: 32 },
          { family: 'ipv6', address: '::1', prefix: 128 },
        ],
      },
    });
  });

  it.each([
    ['TALLYSTICK_PROXY_PROTOCOL_FROM', '10.0.0.0/33'],
    ['TALLYSTICK_PROXY_PROTOCOL_FROM', '10.0.0.0/8/8'],
    ['TALLYSTICK_PROXY_PROTOCOL_FROM', '10.0.0.0/'],
    ['TALLYSTICK_PROXY_PROTOCOL_FROM', 'fe80::1%eth0'],
    ['TALLYSTICK_PROXY_PROTOCOL_FROM', 'balancer.example'],
    ['TALLYSTICK_DEVICE_HOST', 'iot.example:8883'],
    ['TALLYSTICK_DEVICE_HOST', '300.1.1.1'],
    ['TALLYSTICK_DEVICE_HOST', 'mqtt://iot.example'],
    ['TALLYSTICK_SERVER_NAMES', ','],
    ['TALLYSTICK_SERVER_NAMES', 'a b'],
    ['TALLYSTICK_SERVER_NAMES', 'iot.*.example'],
    ['TALLYSTICK_MQTT_WS_PORT', 'on'],
  ])('given %s=%s, then they name it', (name, value) => {
    const loaded = loadSettings({ [name]: value });
    expect(loaded.ok ? [] : loaded.error).toEqual([expect.stringContaining(name)]);
  });

  it('ask for a certificate and its key together', () => {
    const loaded = loadSettings({ TALLYSTICK_TLS_CERT_FILE: '/etc/tls.crt' });
    expect(loaded.ok ? [] : loaded.error).toEqual([
      'TALLYSTICK_TLS_KEY_FILE is missing: certificate and key are named together',
    ]);
    const both = { TALLYSTICK_TLS_CERT_FILE: '/a', TALLYSTICK_TLS_KEY_FILE: '/b' };
    expect(loadSettings(both)).toMatchObject({
      ok: true,
      value: { tlsCertFile: '/a', tlsKeyFile: '/b' },
    });
    expect(loadSettings({ TALLYSTICK_SERVER_NAMES: '*.example,::1' })).toMatchObject({
      value: { serverNames: ['*.example', '::1'] },
    });
  });

  it('name every mistake at once, and never repeat a value', () => {
    const loaded = loadSettings({
      TALLYSTICK_HTTP_PORT: '70000',
      TALLYSTICK_REGISTRY_URL: 'ftp://hidden-value',
      TALLYSTICK_HTTP_PROT: '8080',
      DATABASE_URL: 'mysql://user:hidden-value@host/db',
    });
    expect(loaded.ok).toBe(false);
    const problems = loaded.ok ? [] : loaded.error;
    for (const name of [
      'TALLYSTICK_HTTP_PORT',
      'TALLYSTICK_REGISTRY_URL',
      'TALLYSTICK_HTTP_PROT',
      'DATABASE_URL',
    ])
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    expect(problems.join()).not.toContain('hidden-value');
  });

  it('take what a file says, and let the environment win', () => {
    const file = join(folder, 'settings');
    writeFileSync(file, '# ours\nTALLYSTICK_HTTP_PORT=9000\n\nTALLYSTICK_MQTT_PORT=9001\n');
    const loaded = loadSettings({ TALLYSTICK_CONFIG: file, TALLYSTICK_MQTT_PORT: '9002' });
    expect(loaded).toMatchObject({ ok: true, value: { httpPort: 9000, mqttPort: 9002 } });
  });

  it('say which line of a file is no setting, and that a file is not there', () => {
    expect(parseConfigFile('A=1\nnonsense\n')).toEqual({
      ok: false,
      error: 'line 2 is not KEY=value',
    });
    expect(loadSettings({ TALLYSTICK_CONFIG: '/nowhere' })).toMatchObject({ ok: false });
  });

  it('know the names of other apps and of the command line', () => {
    expect(
      loadSettings({
        TALLYSTICK_COAP_PORT: '5683',
        TALLYSTICK_URL: 'http://x',
        TALLYSTICK_TOKEN: 't',
      }),
    ).toMatchObject({ ok: true });
  });

  it('refuse a store that is not there rather than take another in its place', () => {
    const loaded = loadSettings({ KURRENTDB_URL: 'kurrentdb://user:hidden-value@host' });
    expect(loaded).toMatchObject({ ok: false });
    const problems = loaded.ok ? '' : loaded.error.join();
    expect(problems).toMatch(/^KURRENTDB_URL: this release has no adapter/);
    expect(problems).not.toContain('hidden-value');
  });

  it('stand in the help, each with its default', () => {
    expect(settingsHelp('auth-gateway')).toMatch(
      /TALLYSTICK_LEASE_MS +a gateway's lease \[10000\]/,
    );
    expect(settingsHelp('auth-gateway')).not.toContain('DATABASE_URL');
    expect(settingsHelp('session-tracker')).not.toContain('TALLYSTICK_MQTT_PORT');
    expect(settingsHelp('registry')).not.toContain('TALLYSTICK_GATEWAY_ID');
    expect(settingsHelp('all-in-one')).toContain('TALLYSTICK_MQTT_PORT');
    expect(settingsHelp('all-in-one')).not.toContain('TALLYSTICK_REGISTRY_URL');
  });
});
