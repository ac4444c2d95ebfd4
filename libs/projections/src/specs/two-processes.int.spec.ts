import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyPage } from '../runner/apply-page.ts';
import { writePosition } from '../runner/checkpoints.ts';
import { createViewRunner } from '../runner/view-runner.ts';
import { devicesView } from '../views/devices.view.ts';
import { identityViews } from '../views/identity-views.ts';
import { PresenceRecords } from './presence-records.builder.ts';
import { openWorld, RANDOM_IDS, type ViewProcess, type ViewWorld } from './view-world.ts';

const DEADLINE_MS = 10_000;

/** Resolves when a transaction of this database waits for another's row. */
async function someoneWaits({ db }: Pick<ViewProcess, 'db'>): Promise<void> {
  const sql = `SELECT COUNT(*) AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  for (const deadline = performance.now() + DEADLINE_MS; performance.now() < deadline;) {
    const [row] = await db.read((session) => session.all(sql));
    if (Number(row?.['waiting']) > 0) return;
  }
  throw new Error('nobody waits');
}

describe('two processes on one PostgreSQL', () => {
  let world: ViewWorld;
  let other: ViewProcess;

  beforeEach(async () => {
    world = await openWorld('postgres');
    other = await world.second();
  });
  afterEach(() => world.end());

  it('apply a page once: the second waits for the first, and finds it applied', async () => {
    await Promise.all([world.runner.stop(), other.runner.stop()]);
    await world.log.device('d1');
    const applied: string[] = [];
    const entered = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const views = (name: string, gate: () => Promise<unknown>) =>
      identityViews.map((view) => ({
        ...view,
        apply: async (...args: Parameters<typeof view.apply>) => {
          applied.push(`${name} ${view.name}`);
          await gate();
          await view.apply(...args);
        },
      }));
    // Given a process in the middle of a page
    const first = await createViewRunner({
      ...{ store: world.store, db: world.db, log: world.reader, ids: RANDOM_IDS },
      views: views('first', () => {
        entered.resolve(undefined);
        return release.promise;
      }),
    });
    await entered.promise;
    // When another has the same page
    const second = await createViewRunner({
      ...{ store: other.store, db: other.db, log: other.reader, ids: RANDOM_IDS },
      views: views('second', async () => undefined),
    });
    await someoneWaits(world);
    release.resolve(undefined);
    // Then it applies nothing of it
    expect(await second.waitFor(1, DEADLINE_MS)).toBe(true);
    expect(applied).toEqual(identityViews.map(({ name }) => `first ${name}`));
    await Promise.all([first.stop(), second.stop()]);
  });

  it('leave a view that was thrown back to a page that begins where it stands', async () => {
    for (const key of ['d1', 'd2', 'd3']) await world.log.device(key);
    await world.settled();
    await Promise.all([world.runner.stop(), other.runner.stop()]);
    await world.db.write((session) => writePosition(session, ['devices'], 0));
    await world.log.device('d4');
    const page = await world.store.readAll({ after: 3, limit: 10 });
    const positions = await applyPage(world.db, identityViews, 3, page);
    const others = identityViews.filter(({ name }) => name !== 'devices');
    expect(Object.fromEntries(positions)).toEqual({
      devices: 0,
      ...Object.fromEntries(others.map(({ name }) => [name, 4])),
    });
  });

  it('apply records of presence once: the second waits, and skips them', async () => {
    await world.log.device('d1');
    await world.settled();
    const records = new PresenceRecords();
    records.connects({ deviceKey: 'd1', epoch: 1 });
    await world.presence.apply(records.all);
    records.disconnects({ deviceKey: 'd1', epoch: 1 });
    // Given another process that is about to have applied them
    const held = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const holding = other.db.write(async (session) => {
      await session.all('SELECT next_offset FROM presence_checkpoints FOR UPDATE');
      held.resolve(undefined);
      await release.promise;
      await session.run('UPDATE presence_checkpoints SET next_offset = ?', [records.nextOffset]);
    });
    await held.promise;
    const applying = world.presence.apply(records.all);
    await someoneWaits(other);
    release.resolve(undefined);
    await Promise.all([holding, applying]);
    expect(await world.queries.findDevice('default', 'id-d1')).toMatchObject({
      presence: 'online',
    });
  });

  it('show a device that is activated and goes online at once: whoever comes second sees both', async () => {
    await world.log.device('d1');
    await world.settled();
    await Promise.all([world.runner.stop(), other.runner.stop()]);
    const login = { method: 'static', dialect: 'enos', clientId: 'c', gatewayId: 'g1' } as const;
    const position = await world.log.on('d1', 'DeviceActivated', login);
    const page = await world.store.readAll({ after: position - 1, limit: 1 });
    // Given a process that has written the activation, and has not committed it
    const written = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const activating = other.db.write(async (session) => {
      await devicesView.apply(session, page.events, '');
      written.resolve(undefined);
      await release.promise;
    });
    await written.promise;
    // When another is told of the session
    const records = new PresenceRecords();
    records.connects({ deviceKey: 'd1', epoch: 1 });
    const applying = world.presence.apply(records.all);
    await someoneWaits(other);
    release.resolve(undefined);
    await Promise.all([activating, applying]);
    const online = await world.queries.listDevices({ tenant: 'default', status: 'online' }, 10);
    expect(online?.data.map(({ deviceKey, status }) => [deviceKey, status])).toEqual([
      ['d1', 'online'],
    ]);
  });
});
