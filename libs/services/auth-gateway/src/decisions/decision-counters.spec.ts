import { describe, expect, it } from 'vitest';
import { DecisionCounters } from './decision-counters.ts';
import { byName, byUnit, type CountedDecision } from './decision-groups.ts';

const denial = (over: Partial<CountedDecision> = {}): CountedDecision => ({
  decision: 'deny',
  reason: 'bad-secret',
  rule: 'alibaba.static.hmacsha1',
  tenant: 'default',
  productKey: 'pk',
  deviceKey: 'dn',
  deviceId: 'dv',
  clientId: 'cid',
  knownUnit: false,
  clientIdHash: () => 'hash',
  viewPosition: 7,
  secretVersion: null,
  ...over,
});

const recordsOf = (counters: DecisionCounters) =>
  counters.endWindow().map(({ toRecord }) => toRecord());

describe('counted decisions', () => {
  it('the first of a (name, reason) is told at once', () => {
    const counters = new DecisionCounters('g', byName);
    expect(counters.add(denial(), 0)?.toRecord()).toEqual({
      decision: 'deny',
      reason: 'bad-secret',
      rule: 'alibaba.static.hmacsha1',
      productKey: 'pk',
      deviceKey: 'dn',
      clientIdHash: 'hash',
      gatewayId: 'g',
      viewPosition: 7,
      secretVersion: null,
      count: 1,
      from: '1970-01-01T00:00:00.000Z',
      to: '1970-01-01T00:00:00.000Z',
    });
  });

  it('what follows is told once at the end of the window, with its count and span', () => {
    const counters = new DecisionCounters('g', byName);
    counters.add(denial(), 0);
    expect([counters.add(denial(), 1_000), counters.add(denial(), 2_000)]).toEqual([null, null]);
    const [out, ...others] = counters.endWindow();
    expect(others).toEqual([]);
    expect(out?.toRecord()).toMatchObject({
      count: 2,
      from: '1970-01-01T00:00:01.000Z',
      to: '1970-01-01T00:00:02.000Z',
    });
  });

  it('a count tells of the latest it counted: by which rule, and how far the view had come', () => {
    const counters = new DecisionCounters('g', byName);
    counters.add(denial(), 0);
    const now = { rule: 'alibaba.connwl', viewPosition: 9, clientIdHash: () => 'other' };
    counters.add(denial(now), 1_000);
    const told = { rule: 'alibaba.connwl', viewPosition: 9, clientIdHash: 'other' };
    expect(recordsOf(counters)).toMatchObject([told]);
  });

  it('another reason or name is a first of its own', () => {
    const counters = new DecisionCounters('g', byName);
    counters.add(denial(), 0);
    expect(counters.add(denial({ reason: 'device-disabled' }), 0)).not.toBeNull();
    expect(counters.add(denial({ deviceKey: 'dn2' }), 0)).not.toBeNull();
  });

  it('a name that was quiet for a window is told at once again', () => {
    const counters = new DecisionCounters('g', byName);
    counters.add(denial(), 0);
    expect(counters.endWindow()).toEqual([]);
    expect(counters.add(denial(), 20_000)).not.toBeNull();
  });

  it('allowed connects are sampled, and beyond it counted by their product', () => {
    const counters = new DecisionCounters('g', byName);
    const told = Array.from({ length: 5_000 }, (_, i) =>
      counters.add(denial({ decision: 'allow', reason: 'ok', deviceKey: `d${i}` }), 0),
    ).filter((out) => out !== null);
    expect(told).toHaveLength(1_000);
    expect(recordsOf(counters)).toMatchObject([
      { decision: 'allow', productKey: 'pk', deviceKey: null, count: 4_000 },
    ]);
  });

  it('given more names than are told apart, then the rest is counted by its product', () => {
    const counters = new DecisionCounters('g', byName);
    for (let n = 0; n < 50_100; n += 1) counters.add(denial({ deviceKey: `d${n}` }), n);
    expect(recordsOf(counters)).toMatchObject([{ productKey: 'pk', deviceKey: null, count: 100 }]);
  });
});

describe('decisions on names that nobody has', () => {
  const unknown = (over: Partial<CountedDecision>) =>
    denial({ reason: 'unknown-device', deviceId: null, ...over });

  it('given 2,000 of them in one product, then one record of a window tells of all, without a name', () => {
    const counters = new DecisionCounters('g', byName);
    for (let n = 0; n < 2_000; n += 1)
      expect(counters.add(unknown({ deviceKey: `random-${n}` }), n)).toBeNull();
    expect(recordsOf(counters)).toMatchObject([
      { productKey: 'pk', deviceKey: null, count: 2_000, from: '1970-01-01T00:00:00.000Z' },
    ]);
    expect(counters.endWindow()).toEqual([]);
  });

  it('given other products and reasons, then each has a record of its own', () => {
    const counters = new DecisionCounters('g', byName);
    counters.add(unknown({}), 0);
    counters.add(unknown({ productKey: 'pk2' }), 0);
    counters.add(unknown({ reason: 'view-stale' }), 0);
    expect(counters.endWindow()).toHaveLength(3);
  });

  it('given 2,000 unknown products, then one record tells of all, and names none', () => {
    const counters = new DecisionCounters('g', byName);
    const of = { reason: 'unknown-product', tenant: null } as const;
    for (let n = 0; n < 2_000; n += 1) counters.add(unknown({ ...of, productKey: `pk${n}` }), 0);
    expect(recordsOf(counters)).toMatchObject([
      { productKey: null, deviceKey: null, count: 2_000 },
    ]);
  });

  it('given a flood of them, then a known name is still told at once', () => {
    const counters = new DecisionCounters('g', byName);
    for (let n = 0; n < 60_000; n += 1)
      counters.add(unknown({ deviceKey: `random-${n}`, productKey: `pk${n}`, tenant: null }), n);
    expect(counters.add(denial(), 60_000)).not.toBeNull();
  });

  it('is nothing that explain could be asked for', () => {
    const counters = new DecisionCounters('g', byUnit);
    expect(counters.add(unknown({}), 0)).toBeNull();
    expect(counters.endWindow()).toEqual([]);
  });
});

describe('what explain is told of the units of one name', () => {
  it('given units that the device has, then each is told by itself', () => {
    const counters = new DecisionCounters('g', byUnit);
    const of = (clientId: string) =>
      counters.add(denial({ clientId, knownUnit: true }), 0)?.clientId ?? null;
    expect([of('A'), of('B'), of('A'), of('B')]).toEqual(['A', 'B', null, null]);
    const counted = counters
      .endWindow()
      .map(({ clientId, toRecord }) => [clientId, toRecord().count]);
    expect(counted).toEqual([
      ['A', 1],
      ['B', 1],
    ]);
  });

  it('given ClientIds that it has not, then they count together, however many', () => {
    const counters = new DecisionCounters('g', byUnit);
    for (let n = 0; n < 100; n += 1) counters.add(denial({ clientId: `random-${n}` }), n);
    const [out] = counters.endWindow();
    expect([out?.clientId, out?.toRecord().count]).toEqual(['random-99', 99]);
  });
});
