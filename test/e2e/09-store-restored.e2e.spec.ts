import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '../stack/processes.ts';
import { applied } from './harness/api.ts';
import { startApp } from './harness/app-process.ts';
import { copyDatabase, type DatabaseCopy } from './harness/database-copy.ts';
import { givenPlatform } from './harness/given.ts';
import { readTopic } from './harness/kafka-reader.ts';
import { alibabaLogin, connectDevice, type Login } from './harness/mqtt-device.ts';
import { startPlatform } from './harness/platform.ts';

const PARTITIONS = 3;
const keyOf = (deviceKey: string): string => `default/boiler/${deviceKey}`;

describe('a database that is restored from an earlier copy', () => {
  const platform = givenPlatform({
    settings: { TALLYSTICK_PARTITIONS: String(PARTITIONS) },
  });
  let copy: DatabaseCopy;
  const logins = new Map<string, Login>();
  let lastGiven = 0;
  let head = 0;

  beforeAll(async () => {
    await platform.api('POST', '/products', { productKey: 'boiler', name: 'Boiler' });
  });
  afterAll(async () => {
    await copy.drop();
  });

  async function register(deviceKey: string): Promise<number> {
    const { position, body } = await platform.api('POST', '/devices', {
      ...{ productKey: 'boiler', deviceKey, deviceId: deviceKey },
    });
    const secret = String(body['deviceSecret']);
    logins.set(deviceKey, alibabaLogin('boiler', deviceKey, secret));
    await applied(platform.api, position);
    return position;
  }
  const connect = (deviceKey: string) => {
    const login = logins.get(deviceKey);
    if (login === undefined) throw new Error(`${deviceKey} was not registered`);
    return connectDevice(platform.mqtt(0), login);
  };
  const store = async () => (await platform.api('GET', '/store')).body;
  const registry = () => {
    const [first] = platform.registries;
    if (first === undefined) throw new Error('there is no registry');
    return first;
  };

  /** By pg_dump where there is one for this server; with more writes after it. */
  async function loseTail(): Promise<void> {
    await registry().stop();
    copy = await copyDatabase({
      adminUrl: inject('databaseUrl'),
      name: new URL(platform.databaseUrl).pathname.slice(1),
    });
    await registry().restart();
    head = Number((await store())['head']);
    await register('lost');
    const { position } = await platform.api('POST', '/devices/stolen/disable', {
      reason: 'stolen',
    });
    await applied(platform.api, position);
    lastGiven = position;
  }

  it('the loss is noticed and writes stop; after the adoption only devices of the lost tail are refused', async () => {
    await register('kept');
    await register('stolen');
    await loseTail();
    const [kept, lost] = [await connect('kept'), await connect('lost')];
    expect([kept.code, lost.code, (await connect('stolen')).code]).toEqual([0, 0, 5]);

    // Under a registry that goes on running.
    await copy.restore();
    await until(
      'the loss is noticed',
      30_000,
      async () => (await store())['state'] === 'lost-tail',
    );
    // It was away for the moment of the restore, which is asked for once a second.
    const inReadyz = async () => (await registry().readyz()).checks['store'] ?? '';
    await until('readyz names it', 10_000, async () => (await inReadyz()).includes('lost-tail'));
    expect(await platform.api('POST', '/devices', { productKey: 'boiler' })).toMatchObject({
      ...{ status: 503, body: { code: 'store-lost-tail' } },
    });
    expect((await store())['detail']).toContain(`restrictions: ${lastGiven}`);

    const adopted = await platform.api('POST', '/store/adopt', {});
    expect(adopted).toMatchObject({ status: 200, body: { state: 'ok', incarnation: 2 } });
    await until('whom the lost tail let in is cut', 10_000, () => lost.isClosed());
    // It came after the copy, and its session never ended.
    const presence = async () => (await platform.api('GET', '/devices/kept')).body['presence'];
    await until(
      'who is online is known again',
      30_000,
      async () => (await presence()) === 'online',
    );
    expect(Number(await register('new'))).toBeGreaterThan(lastGiven);
    expect((await connect('lost')).code).toBe(4);
    expect((await connect('stolen')).code).toBe(0);
    expect((await connect('new')).code).toBe(0);
    // The socket of before is still open: whoever takes it over ends it.
    expect((await connect('kept')).code).toBe(0);
    await kept.closed;
    expect((await platform.api('GET', `/effects/${lastGiven}`)).body['code']).toBe(
      'position-unknown',
    );
  });

  it('is told to whoever reads the bus: StoreRestored in every partition, and a tombstone for what is no more', async () => {
    const brokers = inject('kafkaBrokers');
    const events = await readTopic(brokers, platform.topic('identity.events.v1'));
    const restored = () =>
      events.records.filter(({ headers }) => headers['ce_type']?.includes('StoreRestored'));
    await events.until('all copies', () => restored().length === PARTITIONS);
    await events.stop();
    expect(
      restored()
        .map(({ partition }) => partition)
        .toSorted(),
    ).toEqual([0, 1, 2]);
    expect(new Set(restored().map(({ headers }) => headers['ce_id'])).size).toBe(1);
    for (const { key, value } of restored()) {
      expect(key).toBe('//store');
      expect(JSON.parse(String(value))).toMatchObject({ incarnation: 2, lastPosition: head });
    }
    const positions = events.records.map(({ headers }) => headers['ce_globalposition']);
    const given = positions.filter((position) => position !== undefined);
    expect(new Set(given).size).toBe(given.length);

    const progress = await readTopic(brokers, platform.topic('internal.progress.v1'));
    const noted = (lane: string): string =>
      progress.records.findLast(({ key }) => key === `relay-${lane}`)?.value ?? '';
    await progress.until('both lanes', () =>
      ['fast', 'bulk'].every((lane) => noted(lane).includes('incarnation\\":2')),
    );
    await progress.stop();
    const state = await readTopic(brokers, platform.topic('identity.state.v1'));
    const lastOf = (key: string) => state.records.findLast((record) => record.key === key);
    await state.until('the tombstone', () => lastOf(keyOf('lost'))?.value === null);
    await state.stop();
    const presence = await readTopic(brokers, platform.topic('identity.presence.v1'));
    await presence.until('the end of the session', (records) =>
      records.some(
        ({ key, headers, value }) =>
          key === keyOf('lost') &&
          headers['ce_type']?.includes('DeviceOffline') &&
          String(value).includes('"reason":"deleted"'),
      ),
    );
    await presence.stop();
  });

  it('leaves nothing behind in a gateway that is started again, in the same HOME, beside another Kafka and database', async () => {
    const [gateway] = platform.gateways;
    if (gateway === undefined) throw new Error('there is no gateway');
    await gateway.stop();
    // Which it could not tell its own bus any more
    const spool = join(gateway.home, 'gateway-spool');
    mkdirSync(spool, { recursive: true });
    writeFileSync(join(spool, 'signals-000000000001.jsonl'), 'of its own bus\n');
    const other = await startPlatform({
      ...{ kafkaBrokers: inject('kafkaBrokers'), databaseUrl: inject('databaseUrl') },
      ...{ gateways: 0, trackers: 0, settings: { TALLYSTICK_PARTITIONS: String(PARTITIONS) } },
    });
    const again = await startApp('auth-gateway', gateway.home, {
      KAFKA_BROKERS: inject('kafkaBrokers'),
      TALLYSTICK_TOPIC_PREFIX: other.prefix,
      TALLYSTICK_PARTITIONS: String(PARTITIONS),
      TALLYSTICK_GATEWAY_ID: 'gateway-0',
      TALLYSTICK_GATEWAY_KEYS_FILE: `${other.folder}/gateway-keys.json`,
      TALLYSTICK_INTERNAL_TOKEN: 'e2e-internal-token',
    });
    try {
      expect(again.log()).toContain('the view is set aside and read anew');
      const login = logins.get('kept');
      if (login === undefined) throw new Error('the device was not registered');
      expect((await connectDevice(again.ports['mqtt'] ?? 0, login)).code).toBe(4);
      await until('what it had to say to the bus before is set aside', 10_000, () =>
        again.log().includes('the session signals of another bus were set aside'),
      );
      expect(readdirSync(`${spool}.set-aside`)).toContain('signals-000000000001.jsonl');
    } finally {
      await again.stop();
      await other.stop();
    }
  });
});
