import type { SqlDatabase, SqlValue } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIdentityQueries } from '../queries/identity-queries.ts';
import { openWorld, type Dialect, type ViewWorld } from './view-world.ts';

const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

describe.each(DIALECTS)('identity views on %s', (dialect) => {
  let world: ViewWorld;

  beforeEach(async () => {
    world = await openWorld(dialect);
  });
  afterEach(() => world.end());

  it('show a product as its interface says, and forget it when it is deleted', async () => {
    const { log, queries } = world;
    await log.product('p1', { name: 'Boiler', registrationFree: true, maxUnits: 3 });
    await log.onProduct('p1', 'DynamicActivationEnabled', {});
    await world.settled();
    const createdAt = '2026-01-01T00:00:00.001Z';
    expect(await queries.findProduct('default', 'p1')).toEqual({
      productKey: 'p1',
      name: 'Boiler',
      dialect: 'auto',
      dynamicActivation: true,
      registrationFree: true,
      maxUnits: 3,
      silenceSeconds: null,
      silenceCounts: 'packet',
      certificateRequired: false,
      resetKeepsSecret: true,
      registerRotatesSecret: false,
      revision: 2,
      createdAt,
    });
    expect(await queries.findProduct('other', 'p1')).toBeNull();
    await log.onProduct('p1', 'ProductDeleted', {});
    await world.settled();
    expect(await queries.findProduct('default', 'p1')).toBeNull();
  });

  it('show of a product that an earlier release kept the defaults of what it does not say', async () => {
    const { log, queries, db } = world;
    await log.product('p1', { dialect: 'enos' });
    await world.settled();
    await db.write((session) =>
      session.run(
        `UPDATE products SET state = replace(replace(state, '"silenceCounts":"packet",', ''),
           '"resetKeepsSecret":true,"registerRotatesSecret":false,', '')`,
        [],
      ),
    );
    const [row] = await db.read((session) => session.all('SELECT state FROM products', []));
    expect(row?.['state']).not.toMatch(/silenceCounts|Secret":(true|false)/);
    expect(await queries.findProduct('default', 'p1')).toMatchObject({
      ...{ silenceCounts: 'message', resetKeepsSecret: true, registerRotatesSecret: false },
    });
  });

  it('show a device as its interface says', async () => {
    const { log, queries } = world;
    await log.device('d1', { name: 'Müller 🚀', tags: { site: 'Łódź' }, secretId: 's1' });
    await log.on('d1', 'DeviceActivated', {
      method: 'static',
      dialect: 'alibaba',
      clientId: 'c1',
      gatewayId: 'g1',
    });
    await world.settled();
    const device = {
      deviceId: 'id-d1',
      productKey: 'p1',
      deviceKey: 'd1',
      generation: 1,
      name: 'Müller 🚀',
      lifecycle: 'active',
      presence: 'offline',
      status: 'offline',
      clientId: null,
      epoch: 0,
      registeredAt: '2026-01-01T00:00:00.001Z',
      activatedAt: '2026-01-01T00:00:00.002Z',
      lastSeenAt: null,
      registrationTimeoutSeconds: null,
      dynamicOpen: false,
      tags: { site: 'Łódź' },
      revision: 2,
    };
    expect(await queries.findDevice('default', 'id-d1')).toEqual(device);
    expect(await queries.findDeviceByKey('default', 'p1', 'd1')).toEqual(device);
    expect(await queries.findDevice('other', 'id-d1')).toBeNull();
    expect(await queries.locate('default', 'id-d1')).toEqual({
      tenant: 'default',
      productKey: 'p1',
      deviceKey: 'd1',
      generation: 1,
      secretOrigin: 'allocated',
      secrets: [{ version: 1, secretId: 's1', expiresAt: null }],
    });
  });

  it('remove a deleted device, and show the next life of its key', async () => {
    const { log, queries } = world;
    await log.device('d1', { tags: { a: '1' } });
    await world.settled();
    await log.on('d1', 'DeviceDeleted', {});
    await world.settled();
    expect(await queries.findDevice('default', 'id-d1')).toBeNull();
    expect(await queries.countDevices('default', 'p1')).toBe(0);
    await log.device('d1', {}, { generation: 2, deviceId: 'id-next' });
    await world.settled();
    expect(await queries.findDevice('default', 'id-d1')).toBeNull();
    expect(await queries.findDevice('default', 'id-next')).toMatchObject({
      generation: 2,
      tags: {},
      revision: 3,
    });
    const tagged = await queries.listDevices({ tenant: 'default', tags: { a: '1' } }, 10);
    expect(tagged?.data).toEqual([]);
  });

  it('filter by product, key, status and tags', async () => {
    const { log, queries } = world;
    await log.device('d1', { tags: { site: 'a', line: '1' } });
    await log.device('d2', { tags: { site: 'a', line: '2' } });
    await log.device('d3', { tags: { site: 'b' } });
    await log.on('d2', 'DeviceDisabled', { reason: null });
    await log.on('d3', 'DeviceDetailsChanged', { tags: { site: 'a', line: '1' } });
    await world.settled();
    const keys = async (filter: object) => {
      const page = await queries.listDevices({ tenant: 'default', ...filter }, 10);
      return page?.data.map(({ deviceKey }) => deviceKey);
    };
    expect(await keys({})).toEqual(['d1', 'd2', 'd3']);
    expect(await keys({ productKey: 'p1', deviceKey: 'd2' })).toEqual(['d2']);
    expect(await keys({ productKey: 'p2' })).toEqual([]);
    expect(await keys({ status: 'disabled' })).toEqual(['d2']);
    expect(await keys({ status: 'inactive' })).toEqual(['d1', 'd3']);
    expect(await keys({ tags: { site: 'a', line: '1' } })).toEqual(['d1', 'd3']);
    expect(await keys({ tags: { site: 'b' } })).toEqual([]);
  });

  it('page through devices without loss while others come and go', async () => {
    const { log, queries } = world;
    for (const key of ['d1', 'd2', 'd3', 'd4', 'd5']) await log.device(key);
    await world.settled();
    const filter = { tenant: 'default' };
    const first = await queries.listDevices(filter, 2);
    expect(first?.data.map(({ deviceKey }) => deviceKey)).toEqual(['d1', 'd2']);
    await log.on('d2', 'DeviceDeleted', {});
    await log.device('d6');
    await world.settled();
    const second = await queries.listDevices(filter, 2, first?.nextCursor);
    expect(second?.data.map(({ deviceKey }) => deviceKey)).toEqual(['d3', 'd4']);
    const third = await queries.listDevices(filter, 2, second?.nextCursor);
    expect(third?.data.map(({ deviceKey }) => deviceKey)).toEqual(['d5', 'd6']);
    expect(third?.nextCursor).toBeNull();
    expect(await queries.listDevices(filter, 2, 'nonsense')).toBeNull();
    await log.product('p1');
    await log.product('p2');
    await world.settled();
    const products = await queries.listProducts('default', 1);
    const rest = await queries.listProducts('default', 1, products?.nextCursor);
    expect([products, rest].map((page) => page?.data[0]?.productKey)).toEqual(['p1', 'p2']);
    expect(rest?.nextCursor).toBeNull();
  });

  it('show the units of a name, and which of them wait', async () => {
    const { log, queries, clock } = { ...world, clock: world.log.clock };
    await log.product('p1', { maxUnits: 4 });
    await log.claimed('d1');
    for (const unit of ['a', 'b', 'c']) await log.unit('d1', unit);
    await log.on('d1', 'ClientIdActivated', { clientId: 'a', gatewayId: 'g1' });
    await log.on('d1', 'ClientIdRetained', { clientId: 'a', forbidden: ['b'] });
    await world.settled();
    const units = await queries.listUnits('default', 'id-d1');
    expect(units).toMatchObject({ capacity: 4, used: 3, open: false });
    expect(units?.data.map(({ clientId, state }) => [clientId, state])).toEqual([
      ['a', 'active'],
      ['b', 'forbidden'],
      ['c', 'pending'],
    ]);
    const pending = await queries.listWaitingUnits('pending', clock.now(), 10);
    expect(pending).toMatchObject([{ deviceKey: 'd1', clientId: 'c', generation: 1 }]);
    expect(await queries.listWaitingUnits('pending', 0, 10)).toEqual([]);
    await log.on('d1', 'ClientIdPurged', { clientId: 'b' });
    await log.on('d1', 'ClientIdReleased', { clientId: 'c', reason: 'expired' });
    await world.settled();
    expect(await queries.listWaitingUnits('pending', clock.now(), 10)).toEqual([]);
    expect(await queries.listWaitingUnits('purging', clock.now(), 10)).toMatchObject([
      { clientId: 'b' },
    ]);
  });

  it('tell which registrations have run out, until the device is activated, barred or gone', async () => {
    const { log, queries } = world;
    const ending = { registrationTimeoutSeconds: 10 };
    for (const key of ['late', 'later', 'active', 'barred', 'patient', 'gone'])
      await log.device(key, ending);
    await log.device('never');
    const login = { method: 'static', dialect: 'enos', clientId: 'c', gatewayId: 'g1' } as const;
    await log.on('active', 'DeviceActivated', login);
    await log.on('barred', 'DeviceDisabled', { reason: null });
    await log.on('patient', 'DeviceDetailsChanged', { registrationTimeoutSeconds: null });
    await log.on('gone', 'RegistrationExpired', {
      ...{ ...ending, registeredAt: '2026-01-01T00:00:00.006Z' },
    });
    await world.settled();
    const first = Date.UTC(2026, 0, 1) + 1;
    const late = { tenant: 'default', productKey: 'p1', deviceKey: 'late', generation: 1 };
    const ended = [{ ...late, endsAt: first + 10_000 }];
    expect(await queries.listEndingRegistrations(first + 9_999, 10)).toEqual([]);
    expect(await queries.listEndingRegistrations(first + 10_000, 10)).toEqual(ended);
    expect(await queries.listEndingRegistrations(first + 60_000, 1)).toEqual(ended);
    const all = await queries.listEndingRegistrations(first + 60_000, 10);
    expect(all.map(({ deviceKey }) => deviceKey)).toEqual(['late', 'later']);
    expect(await queries.findDevice('default', 'id-gone')).toBeNull();
    await log.on('barred', 'DeviceEnabled', {});
    await world.settled();
    const enabled = await queries.listEndingRegistrations(first + 60_000, 10);
    expect(enabled.map(({ deviceKey }) => deviceKey)).toEqual(['late', 'later', 'barred']);
  });

  it('page through the names that several units use', async () => {
    const { log, queries } = world;
    for (const key of ['d1', 'd2', 'd3', 'd4']) await log.claimed(key);
    for (const key of ['d1', 'd3', 'd4'])
      for (const unit of ['a', 'b', 'c']) await log.unit(key, unit);
    await log.unit('d2', 'a');
    await log.on('d3', 'ClientIdsCleared', { forbidden: ['a', 'b'] });
    await world.settled();
    const first = await queries.multiClientIds('default', 'p1', 2);
    expect(first?.data).toEqual([
      {
        deviceId: 'id-d1',
        deviceKey: 'd1',
        clientIds: 3,
        forbidden: 0,
        currentClientId: null,
        evidence: false,
      },
      {
        deviceId: 'id-d3',
        deviceKey: 'd3',
        clientIds: 3,
        forbidden: 2,
        currentClientId: null,
        evidence: false,
      },
    ]);
    const second = await queries.multiClientIds('default', 'p1', 2, first?.nextCursor);
    expect(second?.data.map(({ deviceKey }) => deviceKey)).toEqual(['d4']);
    expect(second?.nextCursor).toBeNull();
    expect((await queries.multiClientIds('default', 'p', 10))?.data).toEqual([]);
  });
});

describe('the list of devices on SQLite, which counts no rows', () => {
  let world: ViewWorld;
  beforeEach(async () => {
    world = await openWorld('sqlite');
  });
  afterEach(() => world.end());

  it.each([
    ['alone', {}, 'devices_by_device_key'],
    ['with its product', { productKey: 'p1' }, 'devices_key'],
  ])(
    'given a device key %s, then it is looked up, and the list is not read for it',
    async (_, filter, index) => {
      const { db } = world;
      const asked: [string, readonly SqlValue[]][] = [];
      const listening: Pick<SqlDatabase, 'read'> = {
        read: (work) =>
          db.read((session) =>
            work({
              ...session,
              all: (sql, params = []) => {
                asked.push([sql, params]);
                return session.all(sql, params);
              },
            }),
          ),
      };
      const queries = createIdentityQueries({
        ...listening,
        dialect: 'sqlite',
        write: (work) => db.write(work),
        close: () => db.close(),
      });
      await queries.listDevices({ tenant: 'default', deviceKey: 'd1', ...filter }, 100);
      const [[sql, params] = ['', []]] = asked;
      const plan = await db.read((session) => session.all(`EXPLAIN QUERY PLAN ${sql}`, params));
      expect(plan[0]?.['detail']).toContain(index);
    },
  );
});
