import type { SqlDatabase } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareView } from '../build/compare.ts';
import { ViewBuilds } from '../build/view-builds.ts';
import { devicesView } from '../views/devices.view.ts';
import { identityViews } from '../views/identity-views.ts';
import type { IdentityView } from '../views/view.types.ts';
import { createViewRunner } from '../runner/view-runner.ts';
import { PresenceRecords } from './presence-records.builder.ts';
import { openWorld, RANDOM_IDS, rebuildBy, type Dialect, type ViewWorld } from './view-world.ts';

const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];
const NAMES = identityViews.map(({ name }) => name);
const login = { method: 'static', dialect: 'enos', clientId: 'c', gatewayId: 'g1' } as const;

describe.each(DIALECTS)('a view built beside on %s', (dialect) => {
  let world: ViewWorld;

  beforeEach(async () => {
    world = await openWorld(dialect);
    const { log } = world;
    await log.product('p1');
    for (const key of ['d1', 'd2', 'd3']) await log.device(key, { tags: { site: 'a', line: key } });
    await log.claimed('d4');
    for (const unit of ['a', 'b']) await log.unit('d4', unit);
    await log.on('d1', 'DeviceActivated', login);
    await log.on('d3', 'DeviceDeleted', {});
    await world.settled();
  });
  afterEach(() => world.end());

  const verify = async (): Promise<unknown> => {
    const ended = await (await world.runner.check('verify', NAMES)).done;
    return ended?.views.filter(({ equal }) => !equal);
  };
  const change = (sql: string): Promise<number> => world.db.write((session) => session.run(sql));
  const tables = async (): Promise<readonly unknown[]> => {
    const sql =
      dialect === 'sqlite'
        ? `SELECT name FROM sqlite_master WHERE type = 'table' AND (name LIKE '%_beside' OR name LIKE '%_old')`
        : `SELECT tablename AS name FROM pg_tables WHERE tablename LIKE '%_beside' OR tablename LIKE '%_old'`;
    return world.db.read((session) => session.all(sql));
  };

  /** A build that stands still once its tables beside are filled. */
  const heldView = () => {
    const filled = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    const view: IdentityView = {
      ...devicesView,
      complete: async (write) => {
        filled.resolve(undefined);
        await goOn.promise;
        await devicesView.complete?.(write);
      },
    };
    return { view, filled: filled.promise, goOn: () => goOn.resolve(undefined) };
  };
  const builds = (views: readonly IdentityView[], db: SqlDatabase = world.db): ViewBuilds =>
    new ViewBuilds({ ...{ db, store: world.store, log: world.reader }, ids: RANDOM_IDS, views });

  it('is equal to the one that is asked, in every table', async () => {
    const records = new PresenceRecords();
    records.connects({ deviceKey: 'd1', epoch: 1 });
    await world.presence.apply(records.all);
    const { checkId, done } = await world.runner.check('verify', NAMES);
    const ended = await done;
    expect(ended).toMatchObject({ checkId, kind: 'verify', state: 'done', detail: null });
    expect(ended?.views.map(({ view, equal, rows }) => [view, equal, rows])).toEqual([
      ['products', true, 1],
      ['devices', true, 3],
      ['tenants', true, 0],
      ['tokens', true, 0],
      ['audit', true, 0],
    ]);
    const { head, position } = ended ?? {};
    expect(position).toBe(head);
    expect(await world.runner.findCheck(checkId)).toEqual(ended);
  });

  it('given any row or field that is not as the log says, then it is named, and a rebuild mends it', async () => {
    const cases = [
      [
        'a changed column',
        `UPDATE devices SET lifecycle = 'disabled' WHERE device_key = 'd1'`,
        {
          ...{
            key: 'default/p1/d1',
            path: 'devices.lifecycle',
            inView: 'disabled',
            inLog: 'active',
          },
        },
      ],
      [
        'a changed field',
        `UPDATE devices SET state = replace(state, '"open":true', '"open":false') WHERE device_key = 'd4'`,
        {
          ...{ key: 'default/p1/d4', path: 'devices.state.units.open', inView: false, inLog: true },
        },
      ],
      [
        'a lost row',
        `DELETE FROM device_tags WHERE name_key = 'default/p1/d2' AND name = 'line'`,
        {
          ...{ key: 'default/p1/d2 line', path: 'device_tags', inView: null },
          inLog: { name_key: 'default/p1/d2', name: 'line', value: 'd2' },
        },
      ],
      [
        'a row too many',
        `INSERT INTO waiting_units VALUES ('default/p1/d9', 'x', 'pending', 1)`,
        {
          ...{ key: 'default/p1/d9 x', path: 'waiting_units', inLog: null },
          inView: { name_key: 'default/p1/d9', client_id: 'x', since: 1 },
        },
      ],
      [
        'a wrong count',
        `UPDATE fleet_counts SET devices = 7 WHERE product_key = '' AND kind = 'inactive'`,
        {
          ...{ key: 'default  inactive', path: 'fleet_counts.devices', inView: 7, inLog: 2 },
        },
      ],
      [
        'a hidden field',
        `UPDATE devices SET state = replace(state, '"tokenHash":"00"', '"tokenHash":"01"') WHERE device_key = 'd4'`,
        {
          ...{ key: 'default/p1/d4', path: 'devices.state.units.units.0.tokenHash' },
          ...{ inView: '(not shown)', inLog: '(not shown)' },
        },
      ],
    ] as const;
    for (const [what, sql, difference] of cases) {
      await change(sql);
      expect(await verify(), what).toMatchObject([{ view: 'devices', equal: false, difference }]);
      await world.rebuild('devices');
    }
    expect(await verify()).toEqual([]);
  });

  it('answers meanwhile from the old rows, and is switched with all that came since', async () => {
    const { view, filled, goOn } = heldView();
    const { log, queries, runner, presence } = world;
    await change(`UPDATE devices SET device_id = 'id-wrong' WHERE device_key = 'd4'`);
    const ended = await builds([view]).start('rebuild', ['devices']);
    await filled;
    await log.device('d5');
    await log.on('d2', 'DeviceActivated', login);
    const records = new PresenceRecords();
    records.connects({ deviceKey: 'd1', epoch: 1 });
    await presence.apply(records.all);
    expect(await runner.waitFor(await world.store.head(), 10_000)).toBe(true);
    expect((await queries.findDevice('default', 'id-wrong'))?.deviceKey).toBe('d4');
    expect((await queries.findDevice('default', 'id-d5'))?.deviceKey).toBe('d5');
    goOn();
    expect(await ended.done).toMatchObject({ state: 'done', views: [{ rows: 4 }] });
    expect(await queries.findDevice('default', 'id-wrong')).toBeNull();
    const online = await queries.listDevices({ tenant: 'default', status: 'online' }, 10);
    expect(online?.data.map(({ deviceKey }) => deviceKey)).toEqual(['d1']);
    await log.on('d5', 'DeviceDisabled', { reason: null });
    await world.settled();
    expect(await verify()).toEqual([]);
  });

  it('is one at a time: a second call gets the id of the one that runs, and whether it is the same', async () => {
    const { view, filled, goOn } = heldView();
    const first = await builds([view]).start('rebuild', ['devices']);
    expect(first).toMatchObject({ asked: true });
    await filled;
    const { checkId } = first;
    const again = await world.runner.check('rebuild', ['devices']);
    expect([again, await again.done]).toMatchObject([{ checkId, asked: true }, null]);
    const others = [['verify', NAMES] as const, ['rebuild', ['tokens']] as const];
    for (const [kind, names] of others) {
      const second = await world.runner.check(kind, names);
      expect([second, await second.done]).toMatchObject([{ checkId, asked: false }, null]);
    }
    expect(await world.runner.findCheck(first.checkId)).toMatchObject({ state: 'running' });
    goOn();
    await first.done;
    expect(await world.runner.findCheck(first.checkId)).toMatchObject({ state: 'done' });
  });

  it('given a process that ends amid it, then the old view is whole, and the next start clears', async () => {
    const { view, filled } = heldView();
    const before = await world.dump();
    const { checkId } = await builds([view]).start('rebuild', ['devices']);
    await filled;
    // Given that it never tells of itself again
    await change('UPDATE view_checks SET beat_at = 0');
    expect(await world.runner.findCheck(checkId)).toMatchObject({ state: 'failed' });
    expect((await tables()).length).toBeGreaterThan(0);
    await world.second();
    expect(await tables()).toEqual([]);
    expect(await world.dump()).toEqual(before);
    expect(await verify()).toEqual([]);
  });

  it('given a build that was taken over, then it writes nothing more', async () => {
    const { view, filled, goOn } = heldView();
    const late = await builds([view]).start('rebuild', ['devices']);
    await filled;
    await change('UPDATE view_checks SET beat_at = 0');
    expect(await verify()).toEqual([]);
    goOn();
    expect(await late.done).toMatchObject({ state: 'failed' });
    await vi.waitFor(async () => expect(await tables()).toEqual([]), { timeout: 10_000 });
    expect(await verify()).toEqual([]);
  });

  it('is compared in looks, and between two of them whatever else waits has its turn', async () => {
    const { view, filled, goOn } = heldView();
    const { done } = await builds([view]).start('rebuild', ['devices']);
    await filled;
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      waiting = setImmediate(turn);
    };
    let waiting = setImmediate(turn);
    const { rows } = await compareView(world.db, devicesView, () => undefined);
    clearImmediate(waiting);
    expect(rows).toBe(3);
    // Up to the fleet's rows, which are not filled yet.
    expect(turns).toBeGreaterThanOrEqual(4);
    goOn();
    await done;
  });

  it('given a new version, then nothing is answered before it is whole, and the old one is there until then', async () => {
    await world.runner.stop();
    const { view, filled, goOn } = heldView();
    const newer = { ...view, version: view.version + 1 };
    const { store, db, reader: log, queries } = world;
    const starting = createViewRunner({ store, db, log, ids: RANDOM_IDS, views: [newer] });
    await filled;
    expect((await queries.findDevice('default', 'id-d2'))?.deviceKey).toBe('d2');
    goOn();
    const runner = await starting;
    expect(runner.position()).toBe(0);
    expect(await runner.waitFor(await store.head(), 10_000)).toBe(true);
    const [standing] = await runner.list();
    expect(standing).toMatchObject({ view: 'devices', version: newer.version, rows: 3 });
    await runner.stop();
  });

  it('given a rebuild while presence and events go on, then both views say the same', async () => {
    const records = new PresenceRecords();
    const going = (async () => {
      for (let epoch = 1; epoch <= 12; epoch += 1) {
        records.connects({ deviceKey: 'd2', epoch });
        if (epoch % 2 === 0) records.disconnects({ deviceKey: 'd2', epoch });
        await world.presence.apply(records.all);
        await world.log.device(`n${epoch}`);
      }
    })();
    await rebuildBy(world.runner, 'devices');
    expect(await verify()).toEqual([]);
    await going;
    await world.settled();
    expect(await verify()).toEqual([]);
  });
});
