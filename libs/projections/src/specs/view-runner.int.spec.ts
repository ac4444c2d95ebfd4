import { createIdentityQueries } from '../queries/identity-queries.ts';
import { createViewRunner } from '../runner/view-runner.ts';
import { writePosition } from '../runner/checkpoints.ts';
import { devicesView } from '../views/devices.view.ts';
import { identityViews } from '../views/identity-views.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorld, RANDOM_IDS, rebuildBy, type Dialect, type ViewWorld } from './view-world.ts';

const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

/**
 * Some thirty names that are registered, changed, claimed, deleted and born again, by a fixed
 * pattern.
 */
async function liveThrough(world: ViewWorld, rounds: number): Promise<void> {
  const { log } = world;
  const lives = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const key = `d${(round * 7) % 30}`;
    const life = lives.get(key) ?? 0;
    const step = (round * 13) % 5;
    const own = { generation: Math.abs(life) };
    if (life <= 0) {
      lives.set(key, 1 - life);
      const details = { tags: { round: String(round) }, registrationTimeoutSeconds: round % 3 };
      await log.device(key, details, { generation: 1 - life });
    } else if (step === 0) {
      lives.set(key, -life);
      await log.on(key, 'DeviceDeleted', {}, own);
    } else if (step === 1) await log.on(key, 'DeviceDisabled', { reason: null }, own);
    else if (step === 2) await log.on(key, 'DeviceDetailsChanged', { tags: { step: '2' } }, own);
    else
      await log.on(
        key,
        'ClientIdClaimed',
        { clientId: `c${round}`, tokenHash: '00', gatewayId: 'g1', dialect: 'enos' },
        own,
      );
  }
}

describe.each(DIALECTS)('the view runner on %s', (dialect) => {
  let world: ViewWorld;

  beforeEach(async () => {
    world = await openWorld(dialect);
  });
  afterEach(() => world.end());

  it('given a view that is rebuilt, its rows equal those it had', async () => {
    await world.log.product('p1');
    await liveThrough(world, 200);
    await world.settled();
    const before = await world.dump();
    await world.rebuild('devices');
    expect(await world.dump()).toEqual(before);
    await world.rebuild('products');
    expect(await world.dump()).toEqual(before);
  });

  it('given one event at a time or all at once, the rows are the same', async () => {
    await world.runner.stop();
    await liveThrough(world, 150);
    const { store, db, reader: log } = world;
    const batched = await createViewRunner({
      store,
      db,
      log,
      ids: RANDOM_IDS,
      views: identityViews,
    });
    await batched.waitFor(await store.head(), 10_000);
    const atOnce = await world.dump();
    await batched.stop();

    const single: typeof store = Object.create(store, {
      readAll: { value: (options: object) => store.readAll({ after: 0, ...options, limit: 1 }) },
      head: { value: () => store.head() },
      waitBeyond: { value: store.waitBeyond.bind(store) },
    }) as typeof store;
    await db.write(async (session) => {
      for (const { name } of devicesView.tables) await session.run(`DELETE FROM ${name}`);
      await writePosition(session, ['devices'], 0);
    });
    const oneByOne = await createViewRunner({
      store: single,
      db,
      log,
      ids: RANDOM_IDS,
      views: identityViews,
    });
    await oneByOne.waitFor(await store.head(), 20_000);
    expect(await world.dump()).toEqual(atOnce);
    await oneByOne.stop();
  });

  it('given two runners at once, each event is applied once and in order', async () => {
    const other = await world.second();
    await liveThrough(world, 200);
    await world.settled();
    const together = await world.dump();
    await other.runner.stop();
    await world.rebuild('devices');
    expect(await world.dump()).toEqual(together);
  });

  it('given a rebuild by one of two runners, both go on', async () => {
    const other = await world.second();
    await liveThrough(world, 100);
    await world.settled();
    const before = await world.dump();
    await rebuildBy(other.runner, 'devices');
    expect(await world.dump()).toEqual(before);
    await world.log.device('last');
    await world.settled();
    expect(await world.queries.findDevice('default', 'id-last')).not.toBeNull();
  });

  it('given a restart, it goes on from its checkpoint', async () => {
    await liveThrough(world, 50);
    await world.settled();
    const position = world.runner.position();
    await world.runner.stop();
    await world.log.device('later');
    const { store, db, reader: log } = world;
    const asked: number[] = [];
    const watched = Object.create(store, {
      readAll: {
        value: (options: { after: number; limit: number }) => {
          asked.push(options.after);
          return store.readAll(options);
        },
      },
      waitBeyond: { value: store.waitBeyond.bind(store) },
    }) as typeof store;
    const again = await createViewRunner({
      store: watched,
      db,
      log,
      ids: RANDOM_IDS,
      views: identityViews,
    });
    expect(await again.waitFor(await store.head(), 10_000)).toBe(true);
    await again.stop();
    expect(asked[0]).toBe(position);
    expect(await createIdentityQueries(db).findDevice('default', 'id-later')).not.toBeNull();
  });

  it('given a position that is not reached, the wait ends with false', async () => {
    expect(await world.runner.waitFor(1, 20)).toBe(false);
    const waiting = world.runner.waitFor(1, 10_000);
    await world.log.device('d1');
    expect(await waiting).toBe(true);
  });

  it('given a new version of a view, its rows are built anew', async () => {
    await liveThrough(world, 40);
    await world.settled();
    const before = await world.dump();
    await world.runner.stop();
    const { store, db, reader: log } = world;
    await db.write((session) => session.run('DELETE FROM devices'));
    const views = identityViews.map((view) => ({ ...view, version: view.version + 1 }));
    const newer = await createViewRunner({ store, db, log, ids: RANDOM_IDS, views });
    expect(await newer.waitFor(await store.head(), 10_000)).toBe(true);
    await newer.stop();
    expect(await world.dump()).toEqual(before);
  });

  it('given a page that cannot be applied, it is told and tried again', async () => {
    await world.runner.stop();
    const { store, db, reader: log } = world;
    await world.log.device('d1');
    const errors: unknown[] = [];
    let broken = true;
    const views = identityViews.map((view) => ({
      ...view,
      apply: (...args: Parameters<typeof view.apply>) =>
        broken ? Promise.reject(new Error('not now')) : view.apply(...args),
    }));
    const onError = (error: unknown): void => {
      errors.push(error);
      broken = false;
    };
    const runner = await createViewRunner({ store, db, log, ids: RANDOM_IDS, views, onError });
    expect(await runner.waitFor(1, 10_000)).toBe(true);
    await runner.stop();
    expect(errors).toHaveLength(1);
    expect(await world.queries.findDevice('default', 'id-d1')).not.toBeNull();
  });
});
