import { encodeJson } from '@tallystick/contracts';
import { toRfc3339, type JsonObject } from '@tallystick/kernel';
import type { DeliveredRecord } from '@tallystick/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PresenceRecords } from './presence-records.builder.ts';
import { DECISIONS_NOW, openWorld, type Dialect, type ViewWorld } from './view-world.ts';

const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];
const MINUTE = 60_000;
const login = { method: 'static', dialect: 'enos', clientId: 'c', gatewayId: 'g1' } as const;
const evidence = {
  kind: 'shared-secret',
  cause: 'evidence',
  limit: 5,
  refused: 0,
  clientIds: [],
} as const;

function decided(offset: number, key: string | null, value: JsonObject): DeliveredRecord {
  return {
    ...{ topic: 'identity.decisions.v1', partition: 0, offset, timestampMs: DECISIONS_NOW, key },
    value: encodeJson({ decision: 'deny', count: 1, to: toRfc3339(DECISIONS_NOW), ...value }),
    headers: {},
  };
}

describe.each(DIALECTS)('figures on %s', (dialect) => {
  let world: ViewWorld;

  beforeEach(async () => {
    world = await openWorld(dialect);
  });
  afterEach(() => world.end());

  it('count devices by status, products and conflicts, of each tenant alone', async () => {
    const { log, queries, presence, settled } = world;
    for (const key of ['p1', 'p2', 'p3']) await log.product(key);
    await log.onProduct('p2', 'ProductDeleted', {});
    for (const key of ['d1', 'd2', 'd3', 'd4', 'd5']) await log.device(key);
    for (const key of ['d1', 'd2', 'd3']) await log.on(key, 'DeviceActivated', login);
    await log.on('d3', 'DeviceDisabled', { reason: null });
    await log.on('d5', 'DeviceDeleted', {});
    await settled();
    const records = new PresenceRecords();
    records.connects({ deviceKey: 'd1', epoch: 1 });
    records.connects({ deviceKey: 'd4', epoch: 1 });
    await presence.apply(records.all);
    const devices = { inactive: 1, online: 1, offline: 1, disabled: 1 };
    expect(await queries.countFleet('default')).toEqual({ devices, products: 2, conflicts: 0 });
    expect(await queries.countDevices('default', 'p1')).toBe(4);
    expect(await queries.countFleet('other')).toEqual({
      devices: { inactive: 0, online: 0, offline: 0, disabled: 0 },
      ...{ products: 0, conflicts: 0 },
    });
  });

  it('count as conflicts the names that the list of a product shows', async () => {
    const { log, queries, presence, settled } = world;
    for (const key of ['d1', 'd2', 'd3']) await log.device(key);
    await log.claimed('d4');
    for (const unit of ['a', 'b']) await log.unit('d4', unit);
    await log.on('d3', 'ClientIdConflict', evidence);
    const records = new PresenceRecords();
    for (const [epoch, clientId] of ['a', 'b'].entries())
      records.connects({ deviceKey: 'd1', epoch: epoch + 1, clientId });
    records.connects({ deviceKey: 'd2', epoch: 1, clientId: 'a' });
    await presence.apply(records.all);
    await settled();
    const shown = async () =>
      (await queries.multiClientIds('default', 'p1', 10))?.data.map(
        ({ deviceKey, clientIds, evidence: known }) => [deviceKey, clientIds, known],
      );
    expect(await shown()).toEqual([
      ['d1', 2, false],
      ['d3', 1, true],
      ['d4', 2, false],
    ]);
    expect(await queries.countFleet('default')).toMatchObject({ conflicts: 3 });
    await log.on('d4', 'ClientIdReleased', { clientId: 'b', reason: 'expired' });
    await log.on('d1', 'DeviceDeleted', {});
    await settled();
    expect(await shown()).toEqual([['d3', 1, true]]);
    expect(await queries.countFleet('default')).toMatchObject({ conflicts: 1 });
  });

  it('count decisions by minute and reason, each record once, of its tenant', async () => {
    const { decisions, queries } = world;
    const ok = { decision: 'allow', reason: 'ok' };
    const before = { to: toRfc3339(DECISIONS_NOW - MINUTE) };
    const records = [
      decided(0, 'default/p1/d1', { reason: 'bad-secret' }),
      decided(1, 'default/p1/d1', { reason: 'bad-secret', count: 41 }),
      decided(2, 'default/p1', { reason: 'unknown-device', ...before }),
      decided(3, 'default/p1/d1', { ...ok, count: 7 }),
      decided(4, 'other/p9/d1', { ...ok, count: 3 }),
      decided(5, null, { reason: 'unknown-product', count: 100 }),
      decided(6, 'default/p1/d1', { decision: 'end', reason: 'keep-alive' }),
      decided(7, 'default/p1/d1', { reason: 'bad-secret', to: '2025-12-31T23:59:00.000Z' }),
      decided(8, 'default/p1/d1', { reason: 'no-such-reason' }),
    ];
    await decisions.apply(records.slice(0, 4));
    await decisions.apply(records);
    const period = { from: DECISIONS_NOW - MINUTE, to: DECISIONS_NOW + MINUTE, stepMs: MINUTE };
    expect(await queries.countDecisions('default', period)).toEqual([
      { at: '2026-01-01T23:59:00.000Z', allowed: 0, denied: { 'unknown-device': 1 } },
      { at: '2026-01-02T00:00:00.000Z', allowed: 7, denied: { 'bad-secret': 42 } },
    ]);
    const whole = { ...period, stepMs: 2 * MINUTE };
    expect(await queries.countDecisions('other', whole)).toEqual([
      { at: '2026-01-01T23:59:00.000Z', allowed: 3, denied: {} },
    ]);
    const early = { from: Date.UTC(2025, 11, 31), to: DECISIONS_NOW - 2 * MINUTE, stepMs: MINUTE };
    const kept = (await queries.countDecisions('default', early)).filter(
      ({ denied }) => Object.keys(denied).length > 0,
    );
    expect(kept).toEqual([]);
  });

  it('find products by the beginning of their key or their name', async () => {
    const { log, queries, settled } = world;
    await log.product('boiler', { name: 'Kessel' });
    await log.product('p2', { name: 'Böiler 🚀 %' });
    await log.product('p3', { name: 'Kühlung' });
    await settled();
    const found = async (q: string) =>
      (await queries.listProducts('default', 10, null, q))?.data.map(
        ({ productKey }) => productKey,
      );
    expect(await found('boil')).toEqual(['boiler']);
    expect(await found('K')).toEqual(['boiler', 'p3']);
    expect(await found('Böiler 🚀')).toEqual(['p2']);
    expect(await found('p')).toEqual(['p2', 'p3']);
    expect(await found('%')).toEqual([]);
    expect((await queries.listProducts('other', 10, null, 'p'))?.data).toEqual([]);
  });
});
