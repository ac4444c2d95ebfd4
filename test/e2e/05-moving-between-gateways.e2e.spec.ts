import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { rounds } from '@tallystick/test-kit';
import { until } from '../stack/processes.ts';
import { applied, rows } from './harness/api.ts';
import { givenPlatform } from './harness/given.ts';
import { eventName, readTopic, type KafkaReader } from './harness/kafka-reader.ts';
import {
  alibabaLogin,
  connectDevice,
  leaveUnanswered,
  tryUntilAnswered,
  type MqttDevice,
} from './harness/mqtt-device.ts';

const MOVES = rounds(50);
/** No two of them agree, and each is off by less than what is tolerated. */
const CLOCKS_AHEAD_MS = { registry: -12_000, gateways: [14_000, -14_000], tracker: 7_000 };

describe('step 7: a device that moves between two gateways', () => {
  const platform = givenPlatform({
    gateways: 2,
    clocksAheadMs: CLOCKS_AHEAD_MS,
    settings: { TALLYSTICK_LEASE_MS: '4000' },
  });
  let presence: KafkaReader;
  beforeAll(async () => {
    await platform.api('POST', '/products', { productKey: 'van', name: 'Van' });
    presence = await readTopic(inject('kafkaBrokers'), platform.topic('identity.presence.v1'));
  });
  afterAll(async () => {
    await presence.stop();
  });

  async function makeDevice(deviceKey: string) {
    const created = await platform.api('POST', '/devices', { productKey: 'van', deviceKey });
    await applied(platform.api, created.position);
    const deviceId = String(created.body['deviceId']);
    const login = alibabaLogin('van', deviceKey, String(created.body['deviceSecret']));
    return {
      deviceId,
      connect: (gateway: number) => connectDevice(platform.mqtt(gateway), login),
      /** Asks a gateway and does not wait for the answer. */
      giveUp: (gateway: number) => leaveUnanswered(platform.mqtt(gateway), login),
    };
  }
  const told = (deviceKey: string) =>
    presence.records
      .filter((record) => record.key === `default/van/${deviceKey}`)
      .map((record) => ({
        name: eventName(record),
        epoch: Number(record.headers['ce_epoch']),
        data: JSON.parse(record.value ?? '{}') as {
          sessionId: string;
          gatewayId: string;
          reason?: string;
        },
      }));
  const holdsLease = async (gatewayId: string): Promise<boolean> =>
    rows(await platform.api('GET', '/gateways')).some(
      (row) => row['gatewayId'] === gatewayId && Date.parse(String(row['leaseUntil'])) > Date.now(),
    );
  const liveSession = async (deviceId: string) =>
    rows(await platform.api('GET', `/devices/${deviceId}/sessions`)).find(
      (row) => row['closedAt'] === null,
    );

  it('given clocks that are far apart, then a wrong secret is refused for good, and each error is shown', async () => {
    const { deviceId } = await makeDevice('stranger');
    const wrong = alibabaLogin('van', 'stranger', 'another-secret');
    const codes = await Promise.all(
      [0, 1].map(async (gateway) => (await connectDevice(platform.mqtt(gateway), wrong)).code),
    );
    const shown = rows(await platform.api('GET', '/gateways')).map((row) =>
      Number(row['clockErrorMs']),
    );
    expect(codes).toEqual([4, 4]);
    expect(shown.map((ms) => Math.round(ms / 1_000))).toEqual([14, -14]);
    expect(deviceId).not.toBe('');
  });

  it(
    `is never offline in ${MOVES} takeovers, and the older socket is closed each time`,
    { tags: ['long'] },
    async () => {
      const { deviceId, connect } = await makeDevice('mover');
      let current: MqttDevice | undefined;
      for (let move = 0; move <= MOVES; move += 1) {
        const next = await connect(move % 2);
        expect(next.code).toBe(0);
        await until(
          `move ${move} is told`,
          60_000,
          () => told('mover').filter(({ name }) => name === 'SessionOpened').length === move + 1,
        );
        // The gateway that it left is told to close its socket
        if (current !== undefined) await current.closed;
        expect(next.isClosed()).toBe(false);
        current = next;
      }
      const names = told('mover').map(({ name }) => name);
      expect(names.filter((name) => name === 'DeviceOnline')).toHaveLength(1);
      expect(names.filter((name) => name === 'DeviceOffline')).toHaveLength(0);
      expect(names.filter((name) => name === 'SessionTakenOver')).toHaveLength(MOVES);
      const epochs = told('mover')
        .filter(({ name }) => name === 'SessionOpened')
        .map(({ epoch }) => epoch);
      expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
      expect(new Set(epochs).size).toBe(epochs.length);
      await until(
        'the view shows the live session',
        30_000,
        async () => (await liveSession(deviceId))?.['gatewayId'] === `gateway-${MOVES % 2}`,
      );
      await current?.disconnect();
    },
  );

  it(
    'leaves the opening and the end of every session, however fast it moves',
    { tags: ['long'] },
    async () => {
      const { connect } = await makeDevice('runner');
      let current: MqttDevice | undefined;
      for (let move = 0; move <= MOVES; move += 1) {
        const next = await connect(move % 2);
        expect(next.code).toBe(0);
        current = next;
      }
      const sessions = (): readonly (readonly string[])[] => {
        const ends = told('runner').filter(({ name }) => /^Session(Opened|Closed)$/.test(name));
        const bySession = Map.groupBy(ends, ({ data }) => data.sessionId);
        return [...bySession.values()].map((records) => records.map(({ name }) => name));
      };
      await until(
        'every session but the last has ended',
        60_000,
        () => sessions().length === MOVES + 1 && sessions().flat().length === 2 * MOVES + 1,
      );
      for (const names of sessions())
        expect(names).toEqual(['SessionOpened', 'SessionClosed'].slice(0, names.length));
      expect(told('runner').filter(({ name }) => name === 'DeviceOffline')).toEqual([]);
      await current?.disconnect();
    },
  );

  it(
    'is never offline when the device itself closes the older socket as soon as the newer one is accepted',
    { tags: ['long'] },
    async () => {
      const { connect } = await makeDevice('hopper');
      let current: MqttDevice | undefined;
      for (let move = 0; move <= MOVES; move += 1) {
        const next = await connect(move % 2);
        // Before anybody can have told the gateway that it left
        current?.cut();
        expect(next.code).toBe(0);
        await until(
          `move ${move} is told`,
          60_000,
          () => told('hopper').filter(({ name }) => name === 'SessionOpened').length === move + 1,
        );
        current = next;
      }
      const names = told('hopper').map(({ name }) => name);
      expect(names.filter((name) => name === 'DeviceOffline')).toHaveLength(0);
      expect(names.filter((name) => name === 'SessionTakenOver')).toHaveLength(MOVES);
      expect(current?.isClosed()).toBe(false);
      await current?.disconnect();
    },
  );

  it('keeps the live session when a gateway that was stopped beyond its lease comes back with the past', async () => {
    // Given a device on gateway 0, which is stopped beyond its lease
    const { deviceId, connect } = await makeDevice('returner');
    const old = await connect(0);
    expect(old.code).toBe(0);
    await until('it is told', 60_000, () =>
      told('returner').some(({ name }) => name === 'DeviceOnline'),
    );
    platform.gateways[0]?.pause();
    // When the device moves to gateway 1 while the first is away, and the lease is missed
    const live = await connect(1);
    expect(live.code).toBe(0);
    await until(
      'the move is told',
      60_000,
      () => told('returner').filter(({ name }) => name === 'SessionOpened').length === 2,
    );
    const [first] = told('returner');
    await until(
      'the lease of gateway 0 has ended',
      60_000,
      async () => !(await holdsLease('gateway-0')),
    );
    // And the first comes back
    platform.gateways[0]?.resume();
    // Then its old socket is closed, and the live one stays
    await old.closed;
    await until('gateway 0 holds a lease again', 60_000, () => holdsLease('gateway-0'));
    expect(live.isClosed()).toBe(false);
    expect(told('returner').map(({ name }) => name)).not.toContain('DeviceOffline');
    expect((await liveSession(deviceId))?.['gatewayId']).toBe('gateway-1');
    expect((await liveSession(deviceId))?.['sessionId']).not.toBe(first?.data.sessionId);
    await live.disconnect();
    await until('it is offline in the end', 60_000, () =>
      told('returner').some(({ name }) => name === 'DeviceOffline'),
    );
    expect(told('returner').filter(({ name }) => name === 'DeviceOffline')).toHaveLength(1);
  });

  it('keeps the live session when a gateway that comes back finds what the device had asked of it meanwhile', async () => {
    const { connect, giveUp } = await makeDevice('asker');
    const other = await makeDevice('bystander');
    // Given a device that asks a stopped gateway in vain, and lets one socket hang as a dead radio
    // would
    platform.gateways[0]?.pause();
    await giveUp(0);
    const hanging = connect(0);
    // And then goes to the other one, until the lease of the first has ended
    const live = await connect(1);
    expect(live.code).toBe(0);
    await until('it is told', 60_000, () =>
      told('asker').some(({ name }) => name === 'DeviceOnline'),
    );
    await until(
      'the lease of gateway 0 has ended',
      60_000,
      async () => !(await holdsLease('gateway-0')),
    );
    // When the first comes back and reads what waited for it
    platform.gateways[0]?.resume();
    // Then it answers the past with the retryable refusal, and new devices as ever
    expect((await hanging).code).toBe(3);
    const fresh = await tryUntilAnswered(() => other.connect(0));
    expect(fresh.code).toBe(0);
    await until('that one is told', 60_000, () =>
      told('bystander').some(({ name }) => name === 'DeviceOnline'),
    );
    // And nothing has happened to the live session
    expect(live.isClosed()).toBe(false);
    expect(told('asker').map(({ name }) => name)).toEqual(['SessionOpened', 'DeviceOnline']);
    await live.disconnect();
    await fresh.disconnect();
  });

  it('says gateway-lost for the sessions of a gateway that dies, and takes the device in again', async () => {
    const { connect } = await makeDevice('orphan');
    const device = await connect(0);
    expect(device.code).toBe(0);
    await until('it is told', 60_000, () =>
      told('orphan').some(({ name }) => name === 'DeviceOnline'),
    );
    await platform.gateways[0]?.kill();
    await until('it is offline because its gateway was lost', 60_000, () =>
      told('orphan').some(
        ({ name, data }) => name === 'DeviceOffline' && data.reason === 'gateway-lost',
      ),
    );
    await platform.gateways[0]?.restart();
    const again = await connect(0);
    expect(again.code).toBe(0);
    await until(
      'it is online again',
      60_000,
      () => told('orphan').filter(({ name }) => name === 'DeviceOnline').length === 2,
    );
    await again.disconnect();
  });
});
