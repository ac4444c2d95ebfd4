import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { PORT_SETTINGS } from '@tallystick/services-edge';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endChild, spawn, until } from '../stack/processes.ts';
import { applied, createApi, type Api } from './harness/api.ts';
import { startApp, type AppProcess } from './harness/app-process.ts';
import { madeCertificate, replaceFile, shownBy } from './harness/certificates.ts';
import { tallystick } from './harness/command-line.ts';
import { givenAllInOne } from './harness/given.ts';

async function register(api: Api, dialect: string): Promise<void> {
  await api('POST', '/products', { productKey: dialect, name: dialect, dialect });
  const made = await api('POST', '/devices', { productKey: dialect, deviceKey: 'unit-1' });
  await applied(api, made.position);
}

const connectOptions = { reconnectPeriod: 0, protocolVersion: 4 } as const;

describe('the doors of the all-in-one', () => {
  const given = givenAllInOne();
  beforeAll(async () => {
    for (const dialect of ['alibaba', 'enos', 'huawei']) await register(given.api, dialect);
  });

  it('stand in ports.json, each with its port', () => {
    expect(Object.keys(given.app.ports).toSorted()).toEqual(
      Object.keys(PORT_SETTINGS)
        .filter((name) => name !== 'health')
        .toSorted(),
    );
    expect(new Set(Object.values(given.app.ports)).size).toBe(8);
  });

  it.each([
    ['alibaba', 'tcp'],
    ['alibaba', 'tls'],
    ['alibaba', 'wss'],
    ['enos', 'tls'],
    ['enos', 'ws'],
    ['huawei', 'tls'],
  ])('let in what credentials prints for %s over %s', async (dialect, transport) => {
    const words = ['credentials', `${dialect}/unit-1`, '--transport', transport];
    const { status, stdout } = tallystick(given.app.home, words);
    expect(status).toBe(0);
    const url = /^url +(\S+)$/m.exec(stdout)?.[1] ?? '';
    const { clientId, username, password } = tallystick(given.app.home, [
      ...words,
      '--json',
    ]).json();
    const ca = given.app.file('tls-root.pem');
    const client = await connectAsync(url, {
      ...{ ...connectOptions, clientId: String(clientId), username: String(username) },
      ...{ password: String(password), ca, wsOptions: { ca } },
    });
    expect(client.connected).toBe(true);
    await client.endAsync();
  });

  it.each([
    ['alibaba', 'tls', '/sys/alibaba/unit-1/thing/event/property/post'],
    ['huawei', 'wss', '$oc/devices/'],
  ])('let connect stay online as %s over %s', async (dialect, transport, topic) => {
    const words = ['connect', `${dialect}/unit-1`, '--transport', transport];
    const connected = spawn(process.execPath, ['deploy/run-app.mjs', 'cli', ...words], {
      env: { ...process.env, TALLYSTICK_HOME: given.app.home },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [connected.stdout, connected.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    try {
      await until('it is online', 20_000, () => said.includes('online as'));
      connected.stdin.write('{"id":"1"}\n');
      await until(`it is sent, not only: ${said}`, 10_000, () => said.includes(`sent to ${topic}`));
    } finally {
      await endChild(connected, 'SIGINT');
    }
  });

  it('tell a client that trusts another root which flag names it', async () => {
    const file = join(given.app.home, 'another-root.pem');
    writeFileSync(file, (await madeCertificate()).root);
    const words = ['connect', 'alibaba/unit-1', '--transport', 'tls', '--ca-file', file];
    const { status, output } = tallystick(given.app.home, words);
    expect([status, output]).toEqual([3, expect.stringContaining('--ca-file names the root')]);
  });
});

describe('a certificate from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-doors-'));
  const certFile = join(folder, 'tls.crt');
  const keyFile = join(folder, 'tls.key');
  const files = { TALLYSTICK_TLS_CERT_FILE: certFile, TALLYSTICK_TLS_KEY_FILE: keyFile };
  let app: AppProcess | null = null;
  afterEach(async () => {
    await app?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens the doors when it comes, is served anew when it changes, and sessions live on', async () => {
    const [first, second] = await Promise.all([madeCertificate(), madeCertificate()]);
    const prints = [first, second].map((one) => new X509Certificate(one.certPem).fingerprint256);
    app = await startApp('all-in-one', join(folder, 'home'), files);
    const running = app;
    expect((await running.readyz()).checks['tls']).toContain('is not there');
    expect(running.ports).not.toHaveProperty('mqtts');
    expect(await shownBy(running.ports['mqtt'] ?? 0)).toBeNull();

    writeFileSync(certFile, first.certPem);
    writeFileSync(keyFile, first.keyPem);
    const api = createApi(running.url, running.file('admin-token'));
    await register(api, 'alibaba');
    await until('8883 is open', 10_000, () => running.file('ports.json').includes('mqtts'));
    const { mqtts = 0 } = JSON.parse(running.file('ports.json')) as Record<string, number>;
    const words = ['credentials', 'alibaba/unit-1', '--transport', 'tls', '--json'];
    const { clientId, username, password } = tallystick(running.home, words).json();
    const client = await connectAsync(`mqtts://127.0.0.1:${mqtts}`, {
      ...{ ...connectOptions, clientId: String(clientId), username: String(username) },
      ...{ password: String(password), ca: first.root },
    });

    replaceFile(certFile, second.certPem);
    await until('the pair that does not fit is told', 10_000, () =>
      running.log().includes('fits no certificate'),
    );
    expect(await shownBy(mqtts)).toBe(prints[0]);
    replaceFile(keyFile, second.keyPem);
    await until('the new one is shown', 10_000, async () => (await shownBy(mqtts)) === prints[1]);
    await client.publishAsync('/sys/alibaba/unit-1/thing/event/property/post', '{}', { qos: 1 });
    expect(client.connected).toBe(true);
    expect((await running.readyz()).checks['tls']).toBe('ok');
    expect(running.log().split('fits no certificate')).toHaveLength(2);
    await client.endAsync();
  });
});

describe('ports that are off', () => {
  const names = ['MQTTS', 'ENOS_MQTT', 'ENOS_MQTTS', 'MQTT_WS', 'DEVICE_HTTP'];
  const off = Object.fromEntries(names.map((name) => [`TALLYSTICK_${name}_PORT`, 'off']));
  const given = givenAllInOne(off);

  it('are shut, and the app is ready', async () => {
    expect(Object.keys(given.app.ports).toSorted()).toEqual(['http', 'internal', 'mqtt']);
    expect(await given.app.readyz()).toMatchObject({ ready: true });
  });
});
