import { describe, expect, it } from 'vitest';
import { DecisionCounters, type CountedDecision } from './decision-counters.ts';

const denial = (over: Partial<CountedDecision> = {}): CountedDecision => ({
  decision: 'deny',
  reason: 'bad-secret',
  rule: 'alibaba.static.hmacsha1',
  tenant: 'default',
  productKey: 'pk',
  deviceKey: 'dn',
  deviceId: 'dv',
  clientIdHash: () => 'hash',
  viewPosition: 7,
  secretVersion: null,
  ...over,
});

describe('counted decisions', () => {
  it('the first of a (name, reason) is told at once', () => {
    const counters = new DecisionCounters('g');
    expect(counters.add(denial(), 0)?.record).toEqual({
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
    const counters = new DecisionCounters('g');
    counters.add(denial(), 0);
    expect([counters.add(denial(), 1_000), counters.add(denial(), 2_000)]).toEqual([null, null]);
    const [out, ...others] = counters.endWindow();
    expect(others).toEqual([]);
    expect(out?.record).toMatchObject({
      count: 2,
      from: '1970-01-01T00:00:01.000Z',
      to: '1970-01-01T00:00:02.000Z',
    });
  });

  it('a count tells of the latest it counted: by which rule, and how far the view had come', () => {
    const counters = new DecisionCounters('g');
    counters.add(denial(), 0);
    const now = { rule: 'alibaba.connwl', viewPosition: 9, clientIdHash: () => 'other' };
    counters.add(denial(now), 1_000);
    const told = { rule: 'alibaba.connwl', viewPosition: 9, clientIdHash: 'other' };
    expect(counters.endWindow()).toMatchObject([{ record: told }]);
  });

  it('another reason or name is a first of its own', () => {
    const counters = new DecisionCounters('g');
    counters.add(denial(), 0);
    expect(counters.add(denial({ reason: 'device-disabled' }), 0)).not.toBeNull();
    expect(counters.add(denial({ deviceKey: 'dn2' }), 0)).not.toBeNull();
  });

  it('a name that was quiet for a window is told at once again', () => {
    const counters = new DecisionCounters('g');
    counters.add(denial(), 0);
    expect(counters.endWindow()).toEqual([]);
    expect(counters.add(denial(), 20_000)).not.toBeNull();
  });

  it('allowed connects are sampled', () => {
    const counters = new DecisionCounters('g');
    const told = Array.from({ length: 5_000 }, (_, i) =>
      counters.add(denial({ decision: 'allow', reason: 'ok', deviceKey: `d${i}` }), 0),
    ).filter((out) => out !== null);
    expect(told).toHaveLength(1_000);
  });
});
