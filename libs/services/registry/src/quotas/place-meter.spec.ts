import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createDeviceQuota } from './device-quota.ts';
import type { Exchange, PlacesLedger, QuotaScope } from './places-ledger.ts';

/** A ledger of one holder, and a view that sees what it is told. */
function setUp(limits: { readonly tenant?: number; readonly product?: number }) {
  const clock = createFixedClock();
  const state = {
    ...{ devices: 0, seen: 1, known: true, reached: true, others: 0 },
    exchanges: [] as (Exchange & { readonly scope: QuotaScope })[],
  };
  const ledger: PlacesLedger = {
    exchange: (scope, asked) => {
      state.exchanges.push({ ...asked, scope });
      const known = state.known || asked.caughtUp;
      const { seen, devices } = state;
      const begun = asked.begun.filter(({ position }) => position > seen);
      const own = asked.underWay + begun.reduce((sum, one) => sum + one.devices, 0);
      const room = scope.limit - devices - own - state.others;
      const ahead = Math.max(asked.wanted, Math.floor(room / 64));
      const places = known && asked.wanted > 0 ? Math.max(0, Math.min(room, ahead)) : 0;
      const final = devices >= scope.limit || asked.underWay + state.others === 0;
      return Promise.resolve({ places, seen, known, final });
    },
  };
  const quota = createDeviceQuota({
    ...{ ledger, clock, ids: { uuid: () => 'registry-1' } },
    catchUp: () => {
      clock.advance(500);
      return Promise.resolve(state.reached);
    },
    limits: { devicesPerTenant: limits.tenant ?? 0, devicesPerProduct: limits.product ?? 0 },
  });
  if (quota === null) throw new Error('there is no limit');
  return { clock, state, grant: (n = 1) => quota.grant('t', 'p', n) };
}

describe('places for devices', () => {
  it('given no limit, then there is no quota', () => {
    const ledger: PlacesLedger = { exchange: () => Promise.reject(new Error('asked')) };
    const limits = { devicesPerTenant: 0, devicesPerProduct: 0 };
    const deps = { ledger, limits, ids: { uuid: () => 'r' }, clock: createFixedClock() };
    expect(createDeviceQuota({ ...deps, catchUp: () => Promise.resolve(true) })).toBeNull();
  });

  it('given the limit is far, then thousands of them cost a few exchanges', async () => {
    const { state, grant } = setUp({ product: 1_000_000 });
    for (let position = 2; position < 5_002; position += 1) {
      const place = await grant();
      expect(place.refusal).toBeNull();
      place.end(position);
    }
    expect(state.exchanges.length).toBeLessThan(5);
  });

  it('given places that were taken ahead grow old, then they are asked for anew', async () => {
    const { state, grant, clock } = setUp({ product: 1_000_000 });
    (await grant()).end(2);
    (await grant()).end(3);
    expect(state.exchanges).toHaveLength(1);
    clock.advance(15_000);
    (await grant()).end(4);
    expect(state.exchanges).toHaveLength(2);
  });

  it('given the last one is taken, then a refusal names the limit, and its end frees nothing', async () => {
    const { state, grant } = setUp({ product: 2 });
    state.devices = 1;
    const last = await grant();
    last.end(9);
    const refused = await grant();
    const detail = 'TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT is 2, and product p has as many devices';
    expect(refused).toMatchObject({ granted: 0, refusal: { code: 'quota-exceeded', detail } });
    refused.end(null);
    expect((await grant()).granted).toBe(0);
  });

  it('given an append came to nothing, then its place is free again', async () => {
    const { grant } = setUp({ product: 1 });
    const first = await grant();
    const second = grant();
    first.end(null);
    expect((await second).granted).toBe(1);
  });

  it('given a device is deleted, then its place is free once the view shows it', async () => {
    const { state, grant } = setUp({ product: 1 });
    (await grant()).end(2);
    expect((await grant()).granted).toBe(0);
    state.seen = 3;
    expect((await grant()).granted).toBe(1);
  });

  it('given nobody knows what became of an append, then its place stays taken for a while', async () => {
    const { state, grant, clock } = setUp({ product: 1 });
    const lost = await grant();
    state.devices = 1;
    lost.end('unknown');
    expect((await grant()).granted).toBe(0);
    state.devices = 0;
    clock.advance(15_000);
    expect((await grant()).granted).toBe(1);
  });

  it('given a batch of which a part fits, then that part is granted', async () => {
    const { grant } = setUp({ product: 10 });
    const batch = await grant(8);
    expect(batch).toMatchObject({ granted: 8, refusal: null });
    batch.end(2);
    expect(await grant(8)).toMatchObject({ granted: 2, refusal: { code: 'quota-exceeded' } });
  });

  it('given the tenant has less room than the product, then the product gets the rest back', async () => {
    const { state, grant } = setUp({ product: 10, tenant: 3 });
    const batch = await grant(8);
    expect(batch.granted).toBe(3);
    expect(batch.refusal?.detail).toMatch(
      /^TALLYSTICK_LIMIT_DEVICES_PER_TENANT is 3, and tenant t/,
    );
    batch.end(2);
    await grant(1);
    const ofProduct = state.exchanges.findLast(({ scope }) => scope.productKey === 'p');
    expect(ofProduct).toMatchObject({ underWay: 0, begun: [{ position: 2, devices: 3 }] });
  });

  it('given another registry holds the rest for long, then it may pass, and nothing is held meanwhile', async () => {
    const { state, grant } = setUp({ product: 10 });
    state.others = 7;
    const batch = await grant(5);
    expect(batch).toMatchObject({ granted: 3, passing: true, refusal: { code: 'quota-exceeded' } });
    // Between two looks what is too little for the batch goes back.
    expect(state.exchanges.map(({ wanted }) => wanted)).toEqual([5, 5, 0, 5, 0, 5, 0, 5]);
    batch.end(2);
    state.others = 0;
    expect(await grant(7)).toMatchObject({ granted: 7, passing: false, refusal: null });
  });

  it('given the view is not known to have seen enough, then it is waited for, and else there is no answer', async () => {
    const { state, grant } = setUp({ product: 10 });
    state.known = false;
    expect((await grant()).granted).toBe(1);
    state.reached = false;
    await expect(grant()).rejects.toMatchObject({ code: 'unavailable', retriable: true });
  });

  it('given many wait at once, then they are asked for together', async () => {
    const { state, grant } = setUp({ product: 200 });
    const granted = await Promise.all(Array.from({ length: 200 }, () => grant()));
    expect(granted.filter(({ refusal }) => refusal === null)).toHaveLength(200);
    expect(state.exchanges.length).toBeLessThan(10);
  });
});
