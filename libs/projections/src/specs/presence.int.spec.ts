import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBusProjector } from '../bus/bus-projector.ts';
import { presenceView } from '../presence/presence.view.ts';
import { boundedText } from '../stores/sql/bounded-text.ts';
import { PresenceRecords } from './presence-records.builder.ts';
import { openWorld, type Dialect, type ViewWorld } from './view-world.ts';

const PARTITION = { topic: 'identity.presence.v1', partition: 0 } as const;
const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

describe.each(DIALECTS)('presence on %s', (dialect) => {
  let world: ViewWorld;
  let records: PresenceRecords;

  beforeEach(async () => {
    world = await openWorld(dialect);
    records = new PresenceRecords();
  });
  afterEach(() => world.end());

  const activated = async (deviceKey: string): Promise<void> => {
    await world.log.device(deviceKey);
    await world.log.on(deviceKey, 'DeviceActivated', {
      method: 'static',
      dialect: 'alibaba',
      clientId: 'c1',
      gatewayId: 'g1',
    });
    await world.settled();
  };
  const apply = () => world.presence.apply(records.all);
  const device = () => world.queries.findDevice('default', 'id-d1');

  it('shows who is online, and by which session', async () => {
    await activated('d1');
    records.connects({ deviceKey: 'd1', epoch: 1, clientId: 'c7' });
    await apply();
    expect(await device()).toMatchObject({
      presence: 'online',
      status: 'online',
      clientId: 'c7',
      epoch: 1,
      lastSeenAt: '2026-01-02T00:00:01.000Z',
    });
    const status = async (name: 'online' | 'offline') =>
      (await world.queries.listDevices({ tenant: 'default', status: name }, 10))?.data.length;
    expect([await status('online'), await status('offline')]).toEqual([1, 0]);
    records.disconnects({ deviceKey: 'd1', epoch: 1 }, 'keep-alive');
    await apply();
    expect(await device()).toMatchObject({ presence: 'offline', status: 'offline', epoch: 1 });
    expect([await status('online'), await status('offline')]).toEqual([0, 1]);
  });

  it('comes before the identity, and is shown once that is there', async () => {
    records.connects({ deviceKey: 'd1', epoch: 3 });
    await apply();
    expect(await device()).toBeNull();
    await activated('d1');
    expect(await device()).toMatchObject({ status: 'online', epoch: 3 });
  });

  it('of a life says nothing of the next', async () => {
    await activated('d1');
    records.connects({ deviceKey: 'd1', epoch: 1 });
    await apply();
    await world.log.on('d1', 'DeviceDeleted', {});
    await world.log.device('d1', {}, { generation: 2 });
    await world.settled();
    expect(await device()).toMatchObject({ presence: 'offline', epoch: 0, clientId: null });
    expect(await world.queries.listSessions('default', 'id-d1')).toEqual([]);
    records.connects({ deviceKey: 'd1', epoch: 2, generation: 2 });
    records.disconnects({ deviceKey: 'd1', epoch: 1 });
    await apply();
    expect(await device()).toMatchObject({ presence: 'online', epoch: 2 });
    expect(await world.queries.listSessions('default', 'id-d1')).toHaveLength(1);
  });

  it('is applied once, however often it is delivered', async () => {
    await activated('d1');
    records.connects({ deviceKey: 'd1', epoch: 1, clientId: 'a' });
    records.disconnects({ deviceKey: 'd1', epoch: 1, clientId: 'a' });
    records.connects({ deviceKey: 'd1', epoch: 2, clientId: 'b' });
    await world.presence.apply(records.all.slice(0, 3));
    await apply();
    const once = [await device(), await world.queries.listSessions('default', 'id-d1')];
    await apply();
    await world.presence.apply(records.all.slice(0, 2));
    expect([await device(), await world.queries.listSessions('default', 'id-d1')]).toEqual(once);
    expect(await world.presence.startOf([PARTITION])).toEqual([
      { ...PARTITION, offset: records.nextOffset },
    ]);
    expect(await world.queries.listTransitions('default', 'id-d1')).toHaveLength(3);
  });

  it('is applied once by two processes that read the same', async () => {
    await activated('d1');
    const other = await world.second();
    for (let epoch = 1; epoch <= 40; epoch += 1) {
      records.connects({ deviceKey: 'd1', epoch, clientId: `c${epoch % 3}` });
      records.disconnects({ deviceKey: 'd1', epoch, clientId: `c${epoch % 3}` });
    }
    const follow = async ({ presence }: Pick<ViewWorld, 'presence'>, size: number) => {
      for (let at = 0; at < records.all.length; at += size)
        await presence.apply(records.all.slice(at, at + size));
    };
    await Promise.all([follow(world, 7), follow(other, 5)]);
    expect(await device()).toMatchObject({ presence: 'offline', epoch: 40 });
    expect(await world.queries.listSessions('default', 'id-d1')).toHaveLength(40);
    expect(await world.queries.listTransitions('default', 'id-d1')).toHaveLength(80);
    expect(await world.queries.listClientIds('default', 'id-d1')).toHaveLength(3);
  });

  it('given a database that was put back, then nothing is applied before all is read again that it lacks', async () => {
    await activated('d1');
    records.connects({ deviceKey: 'd1', epoch: 1 });
    await apply();
    const lacked = records.disconnects({ deviceKey: 'd1', epoch: 1 });
    const before = lacked[0]?.offset ?? 0;
    await apply();
    expect(await world.presence.putBack()).toBe(false);
    await world.db.write((session) =>
      session.run('UPDATE presence_checkpoints SET next_offset = ?', [before]),
    );
    const next = records.connects({ deviceKey: 'd1', epoch: 2 });
    await expect(world.presence.apply(next)).rejects.toMatchObject({ code: 'lost-tail' });
    await expect(world.presence.apply(next)).rejects.toMatchObject({ code: 'lost-tail' });
    expect(await world.presence.putBack()).toBe(true);
    expect(await world.presence.startOf([PARTITION])).toEqual([{ ...PARTITION, offset: before }]);
    await world.presence.apply(records.all.slice(before));
    expect(await world.presence.putBack()).toBe(false);
    expect(await device()).toMatchObject({ presence: 'online', epoch: 2 });
  });

  it('given a database that was put back while nothing comes, then it is seen', async () => {
    await activated('d1');
    records.connects({ deviceKey: 'd1', epoch: 1 });
    await apply();
    await world.db.write((session) =>
      session.run('UPDATE presence_checkpoints SET next_offset = 1'),
    );
    expect(await world.presence.putBack()).toBe(true);
  });

  it('goes past a record that it cannot read', async () => {
    await activated('d1');
    const [opened, online] = records.connects({ deviceKey: 'd1', epoch: 1 });
    if (opened === undefined || online === undefined) throw new Error('no record');
    await world.presence.apply([{ ...opened, value: null }, online]);
    expect(await device()).toMatchObject({ presence: 'online' });
  });

  it.each([
    ['of 3,700 random bytes', randomBytes(1_850).toString('hex')],
    ['with U+0000', 'c\0d'],
    ['of half a surrogate pair', 'c\uD800'],
  ])('given a ClientId %s, stores a bounded form, says so, and goes on', async (_, clientId) => {
    await activated('d1');
    await activated('d2');
    records.connects({ deviceKey: 'd1', epoch: 1, clientId });
    records.connects({ deviceKey: 'd2', epoch: 1 });
    const told: unknown[] = [];
    const projector = await createBusProjector({
      view: presenceView,
      db: world.db,
      onUnstorable: ({ offset }, stored) => told.push([offset, stored]),
    });
    await projector.apply(records.all);
    expect(await device()).toMatchObject({ presence: 'online', clientId: boundedText(clientId) });
    expect(await world.queries.findDevice('default', 'id-d2')).toMatchObject({ status: 'online' });
    expect(await world.queries.listClientIds('default', 'id-d1')).toHaveLength(1);
    expect(told).toEqual([
      [0, 'bounded'],
      [1, 'bounded'],
    ]);
    records.disconnects({ deviceKey: 'd1', epoch: 1, clientId });
    await projector.apply(records.all);
    expect(await device()).toMatchObject({ presence: 'offline' });
  });

  it('given a record that no bounded form makes storable, passes over it, says so, and goes on', async () => {
    await activated('d1');
    await activated('d2');
    records.connects({ deviceKey: 'd1', epoch: 1, generation: 1e300 });
    records.connects({ deviceKey: 'd2', epoch: 1 });
    const told: unknown[] = [];
    const projector = await createBusProjector({
      view: presenceView,
      db: world.db,
      onUnstorable: ({ offset }, stored) => told.push([offset, stored]),
    });
    await projector.apply(records.all);
    expect(await world.queries.findDevice('default', 'id-d2')).toMatchObject({ status: 'online' });
    expect(await projector.startOf([PARTITION])).toMatchObject([{ offset: records.nextOffset }]);
    if (dialect === 'postgres')
      expect(told).toEqual([
        [0, 'not-at-all'],
        [1, 'not-at-all'],
      ]);
  });

  it('tells the sessions of a device, newest first, and finds one', async () => {
    await activated('d1');
    records.connects({ deviceKey: 'd1', epoch: 1 });
    records.say('SessionTakenOver', { deviceKey: 'd1', epoch: 2 }, { previousSessionId: 'd1-s1' });
    records.closed({ deviceKey: 'd1', epoch: 1 }, 'taken-over');
    records.opened({ deviceKey: 'd1', epoch: 2, clientId: 'c2' });
    await apply();
    const sessions = await world.queries.listSessions('default', 'id-d1');
    expect(sessions).toEqual([
      {
        sessionId: 'd1-s2',
        epoch: 2,
        clientId: 'c2',
        gatewayId: 'g1',
        transport: 'tcp',
        dialect: 'alibaba',
        remoteAddress: '10.0.0.1:4711',
        openedAt: '2026-01-02T00:00:04.000Z',
        closedAt: null,
        closeReason: null,
      },
      expect.objectContaining({
        sessionId: 'd1-s1',
        closedAt: '2026-01-02T00:00:03.000Z',
        closeReason: 'taken-over',
      }),
    ]);
    expect(await world.queries.findSession('default', 'd1-s2')).toMatchObject({
      deviceId: 'id-d1',
      gatewayId: 'g1',
      closedAt: null,
    });
    expect(await world.queries.findSession('other', 'd1-s2')).toBeNull();
  });

  it('keeps the last hundred sessions, and the open one', async () => {
    await activated('d1');
    records.opened({ deviceKey: 'd1', epoch: 1, clientId: 'unit-a' });
    for (let epoch = 2; epoch <= 300; epoch += 1) {
      const session = { deviceKey: 'd1', epoch, clientId: `c${epoch}` };
      if (epoch === 2) records.online(session);
      records.opened(session);
      records.closed(session);
    }
    await apply();
    const sessions = await world.queries.listSessions('default', 'id-d1');
    expect(sessions?.map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: 100 }, (_, index) => 300 - index),
    );
    expect(await world.queries.findSession('default', 'd1-s1')).toMatchObject({ closedAt: null });
    expect(await world.queries.findSession('default', 'd1-s150')).toBeNull();
    expect(await world.queries.listClientIds('default', 'id-d1')).toHaveLength(100);
  });

  it('keeps and shows sessions that were over before they were heard of, which change nothing else', async () => {
    // Given a device that is online after more sessions than are kept
    await activated('d1');
    for (let epoch = 1; epoch <= 150; epoch += 1) {
      records.opened({ deviceKey: 'd1', epoch });
      if (epoch < 150) records.closed({ deviceKey: 'd1', epoch });
    }
    records.online({ deviceKey: 'd1', epoch: 150 });
    await apply();
    // When many are told of that had no epoch
    const past = Array.from({ length: 60 }, (_, n) => `past-${n}`);
    for (const sessionId of past) {
      records.opened({ deviceKey: 'd1', epoch: 0, sessionId, clientId: 'other' });
      records.closed({ deviceKey: 'd1', epoch: 0, sessionId }, 'taken-over');
    }
    await apply();
    // Then they stand among the others by their time, bounded, and the device is as it was
    expect(await device()).toMatchObject({ presence: 'online', clientId: 'c1', epoch: 150 });
    const sessions = await world.queries.listSessions('default', 'id-d1');
    expect(sessions).toHaveLength(100);
    expect(sessions?.slice(0, 60).map(({ sessionId }) => sessionId)).toEqual(past.toReversed());
    expect(sessions?.[60]).toMatchObject({ sessionId: 'd1-s150', closedAt: null });
    expect(await world.queries.findSession('default', 'd1-s1')).toBeNull();
  });

  it('shows the names that share a secret, and when each unit connected', async () => {
    await activated('d1');
    await activated('d2');
    records.connects({ deviceKey: 'd1', epoch: 1, clientId: 'a' });
    records.closed({ deviceKey: 'd1', epoch: 1, clientId: 'a' }, 'taken-over');
    records.opened({ deviceKey: 'd1', epoch: 2, clientId: 'b' });
    records.connects({ deviceKey: 'd2', epoch: 1, clientId: 'a' });
    await apply();
    expect((await world.queries.multiClientIds('default', 'p1', 10))?.data).toEqual([
      {
        deviceId: 'id-d1',
        deviceKey: 'd1',
        clientIds: 2,
        forbidden: 0,
        currentClientId: 'b',
        evidence: false,
      },
    ]);
    expect(await world.queries.listClientIds('default', 'id-d1')).toEqual([
      {
        clientId: 'a',
        state: null,
        firstConnectedAt: '2026-01-02T00:00:00.000Z',
        lastConnectedAt: '2026-01-02T00:00:00.000Z',
        connected: false,
      },
      {
        clientId: 'b',
        state: null,
        firstConnectedAt: '2026-01-02T00:00:03.000Z',
        lastConnectedAt: '2026-01-02T00:00:03.000Z',
        connected: true,
      },
    ]);
  });

  it('counts no unit by a ClientID that is built from the hour', async () => {
    await activated('d1');
    for (const epoch of [1, 2])
      records.opened({
        deviceKey: 'd1',
        epoch,
        clientId: `d1_0_0_20260101${epoch}`,
        dialect: 'huawei',
      });
    await apply();
    expect((await world.queries.multiClientIds('default', 'p1', 10))?.data).toEqual([]);
  });

  it('counts no unit by what a device calls itself over HTTP', async () => {
    // Given a device that speaks MQTT by one name and HTTP by others
    await activated('d1');
    records.connects({ deviceKey: 'd1', epoch: 1, clientId: 'p1.d1' });
    records.opened({ deviceKey: 'd1', epoch: 2, clientId: 'd1', transport: 'http' });
    records.opened({ deviceKey: 'd1', epoch: 3, clientId: 'mac', transport: 'http' });
    await apply();
    // Then it is one unit
    expect((await world.queries.multiClientIds('default', 'p1', 10))?.data).toEqual([]);
    // When another comes over MQTT, then that is the second, and the current one
    records.opened({ deviceKey: 'd1', epoch: 4, clientId: 'clone' });
    records.opened({ deviceKey: 'd1', epoch: 5, clientId: 'd1', transport: 'http' });
    await apply();
    expect((await world.queries.multiClientIds('default', 'p1', 10))?.data).toMatchObject([
      { clientIds: 2, currentClientId: 'clone' },
    ]);
  });

  it('shows a unit\u2019s first and last connection, and no trace of a released one', async () => {
    const { log, queries } = world;
    await log.product('p1');
    await log.claimed('d1');
    for (const unit of ['a', 'b']) await log.unit('d1', unit);
    await log.on('d1', 'ClientIdReleased', { clientId: 'b', reason: 'purged' });
    await world.settled();
    records.connects({ deviceKey: 'd1', epoch: 1, clientId: 'a' });
    records.opened({ deviceKey: 'd1', epoch: 2, clientId: 'b' });
    records.closed({ deviceKey: 'd1', epoch: 2, clientId: 'b' });
    records.closed({ deviceKey: 'd1', epoch: 1, clientId: 'a' });
    records.opened({ deviceKey: 'd1', epoch: 3, clientId: 'a' });
    await apply();
    expect((await queries.listUnits('default', 'id-d1'))?.data).toMatchObject([
      {
        clientId: 'a',
        firstConnectedAt: '2026-01-02T00:00:00.000Z',
        lastConnectedAt: '2026-01-02T00:00:05.000Z',
        connected: true,
      },
    ]);
    expect((await queries.multiClientIds('default', 'p1', 10))?.data).toEqual([]);
  });

  it('tells the transitions of this life for the timeline', async () => {
    await activated('d1');
    records.connects({ deviceKey: 'd1', epoch: 1 });
    records.disconnects({ deviceKey: 'd1', epoch: 1 }, 'kicked');
    await apply();
    const told = await world.queries.listTransitions('default', 'id-d1');
    expect(told).toMatchObject([
      { position: null, type: 'DeviceOnline', causationId: 'cause-1', data: { epoch: 1 } },
      { position: null, type: 'DeviceOffline', data: { reason: 'kicked' } },
    ]);
  });
});
