import { statSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'mqtt-packet';
import { beforeAll, describe, expect, it } from 'vitest';
import { endChild, runToEnd, spawn, until } from '../stack/processes.ts';
import { applied } from './harness/api.ts';
import { givenAllInOne } from './harness/given.ts';
import { commandMissing } from './harness/commands.ts';
import { alibabaLogin, connectDevice, enosLogin } from './harness/mqtt-device.ts';

describe('step 1: a product and its first device on the all-in-one', () => {
  const given = givenAllInOne();
  let secret = '';
  let deviceId = '';
  beforeAll(async () => {
    const product = await given.api('POST', '/products', {
      productKey: 'thermo',
      name: 'Thermostat',
    });
    expect(product.status).toBe(201);
    expect(product.position).toBeGreaterThan(0);
    const device = await given.api('POST', '/devices', {
      productKey: 'thermo',
      deviceKey: 'unit-1',
    });
    expect(device.status).toBe(201);
    expect(device.position).toBeGreaterThan(product.position);
    secret = String(device.body['deviceSecret']);
    deviceId = String(device.body['deviceId']);
    await applied(given.api, device.position);
  });

  it('writes the first token for its owner alone, and says where it is, never what it is', async () => {
    expect(statSync(join(given.app.home, 'admin-token')).mode & 0o777).toBe(0o600);
    await until('it says where', 5_000, () => given.app.log().includes('admin-token'));
    expect(given.app.log()).not.toContain(given.app.file('admin-token'));
  });

  it('refuses the same device key with 409 device-key-taken', async () => {
    const again = await given.api('POST', '/devices', {
      productKey: 'thermo',
      deviceKey: 'unit-1',
    });
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ status: 409, code: 'device-key-taken' });
  });

  it.each(['hmacmd5', 'hmacsha1', 'hmacsha256'] as const)(
    'lets the device in with %s',
    async (method) => {
      const device = await connectDevice(
        given.app.ports['mqtt'] ?? 0,
        alibabaLogin('thermo', 'unit-1', secret, method),
      );
      expect(device.code).toBe(0);
      await device.disconnect();
    },
  );

  it('lets the device in on the EnOS port with the EnOS form', async () => {
    const device = await connectDevice(
      given.app.ports['enosMqtt'] ?? 0,
      enosLogin('thermo', 'unit-1', secret),
    );
    expect(device.code).toBe(0);
    await device.disconnect();
  });

  it.each([
    ['thermo/unit-1', 'auto'],
    ['meter/unit-1', 'enos'],
  ] as const)(
    'stays online as %s, of a product of dialect %s, until Ctrl-C',
    async (name, dialect) => {
      const [productKey = '', deviceKey] = name.split('/');
      // The first product stands there already
      await given.api('POST', '/products', { productKey, name: 'Meter', dialect });
      const made = await given.api('POST', '/devices', { productKey, deviceKey });
      if (made.status === 201) await applied(given.api, made.position);
      const connected = spawn(process.execPath, ['deploy/run-app.mjs', 'cli', 'connect', name], {
        env: { ...process.env, TALLYSTICK_HOME: given.app.home },
        stdio: ['pipe', 'ignore', 'pipe'],
      });
      let said = '';
      connected.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const says = (words: string): Promise<void> =>
        until(`it says "${words}", not only: ${said}`, 15_000, () => said.includes(words));
      try {
        await says(`online as ${name}`);
        connected.stdin?.write('{"id":"1","params":{}}\n');
        await says(`sent to /sys/${name}/thing/event/property/post`);
      } finally {
        await endChild(connected, 'SIGINT');
      }
      expect(connected.exitCode).toBe(0);
    },
  );

  it('lets mosquitto_pub in with what the command line prints', (context) => {
    const missing = commandMissing('mosquitto_pub', 'mosquitto-clients');
    if (missing) return context.skip(missing);
    const printed = runToEnd(
      'npm',
      [
        'run',
        '--silent',
        'tallystick',
        '--',
        'credentials',
        deviceId,
        '--dialect',
        'alibaba',
        '--json',
      ],
      60_000,
      {
        TALLYSTICK_HOME: given.app.home,
      },
    );
    expect(printed.status, printed.output).toBe(0);
    const login = JSON.parse(printed.stdout.trim()) as {
      host: string;
      clientId: string;
      username: string;
      password: string;
    };
    const published = runToEnd('mosquitto_pub', [
      ...['-h', '127.0.0.1', '-p', String(given.app.ports['mqtt'] ?? 0), '-q', '1'],
      ...['-i', login.clientId, '-u', login.username, '-P', login.password],
      ...[
        '-t',
        '/sys/thermo/unit-1/thing/event/property/post',
        '-m',
        '{"id":"1","params":{"t":21}}',
      ],
    ]);
    expect(published.output).toBe('');
    expect(published.status).toBe(0);
  });

  it('shows what the device publishes to whoever follows telemetry', async () => {
    const device = await connectDevice(
      given.app.ports['mqtt'] ?? 0,
      alibabaLogin('thermo', 'unit-1', secret),
    );
    expect(device.code).toBe(0);
    const topic = '/sys/thermo/unit-1/thing/event/property/post';
    const payload = '{"id":"7","params":{"t":21.5}}';
    const wire = { cmd: 'publish', qos: 1, messageId: 1, dup: false, retain: false } as const;
    device.socket.write(generate({ ...wire, topic, payload }));
    const authorization = `Bearer ${given.app.file('admin-token')}`;
    const live = await fetch(
      `${given.app.url}/api/v1/events/stream?topic=telemetry&from=earliest`,
      {
        headers: { authorization },
      },
    );
    let text = '';
    for await (const chunk of live.body ?? []) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.includes('21.5')) break;
    }
    const data = /^data: (.*"id":"7".*)$/m.exec(text)?.[1] ?? '{}';
    expect(JSON.parse(data)).toMatchObject({
      ...{ type: 'tallystick.DeviceMessage.v1', topic, dialect: 'alibaba' },
      ...{ partitionkey: 'default/thermo/unit-1', data: { id: '7', params: { t: 21.5 } } },
    });
    await device.disconnect();
  });

  it('shows in seconds what it did, and at /docs what it can do', async () => {
    const made = await given.api('POST', '/devices', { productKey: 'thermo', deviceKey: 'stolen' });
    await applied(given.api, made.position);
    const login = alibabaLogin('thermo', 'stolen', String(made.body['deviceSecret']));
    const device = await connectDevice(given.app.ports['mqtt'] ?? 0, login);
    expect(device.code).toBe(0);
    await given.api('POST', `/devices/${String(made.body['deviceId'])}/disable`, {
      reason: 'stolen',
    });
    await device.closed;
    const scrape = async () => (await fetch(`${given.app.url}/metrics`)).text();
    const cut = /^tallystick_revoke_to_cut_seconds_count 1$/m;
    await until('the cut is counted', 10_000, async () => cut.test(await scrape()));
    const text = await scrape();
    for (const series of [
      'tallystick_logins_total{decision="allow",reason="ok",dialect="alibaba"}',
      'tallystick_decision_duration_seconds_count{decision="allow"}',
      'tallystick_append_duration_seconds_count{outcome="appended"}',
      'tallystick_relay_lag_seconds_count{lane="fast"}',
      'tallystick_relay_lag_seconds_count{lane="bulk"}',
      'tallystick_sessions',
      'tallystick_view_staleness_seconds',
      'tallystick_spool_bytes',
      'tallystick_lease_remaining_seconds{gateway_id="',
      'tallystick_set_aside_total{what="signals"}',
      'tallystick_clock_error_seconds',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(text).toContain(`\n${series}`);
    expect(text).not.toMatch(/^# TYPE \S*(_milliseconds|_ms) /m);
    for (const file of ['', '/swagger-ui.css', '/swagger-ui-bundle.js', '/start.js'])
      expect((await fetch(`${given.app.url}/docs${file}`)).status).toBe(200);
  });
});
