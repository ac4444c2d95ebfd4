import type { EndingRegistration, WaitingUnit } from '@tallystick/projections';
import type { BusRecord } from '@tallystick/ports';
import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { MARKER_HEADER } from './activations.reactor.ts';
import { createPurgeSweeper, createRegistrationSweeper, createSweeper } from './sweeper.ts';

const PENDING_MS = 600_000;

function setUp(state: 'pending' | 'purging') {
  const clock = createFixedClock();
  const name = { tenant: 'default', productKey: 'p', deviceKey: 'k', generation: 1 };
  const unit: WaitingUnit = { ...name, clientId: 'c', since: clock.now() };
  const seen = { readTo: 0, expired: 0, settled: 0, markers: [] as BusRecord[] };
  const waitingUnits = (of: 'pending' | 'purging', before: number) =>
    Promise.resolve(of === state && unit.since <= before ? [unit] : []);
  const purges = { settle: () => Promise.resolve((seen.settled += 1) > 0) };
  const sweepPurged = createPurgeSweeper({ clock, waitingUnits, purges });
  const sweep = createSweeper({
    ...{ clock, waitingUnits, bus: { partitions: () => 1 } },
    activations: { readTo: () => Promise.resolve(seen.readTo) },
    publish: (records) => Promise.resolve(void seen.markers.push(...records)),
    pendingMs: PENDING_MS,
    expire: () => Promise.resolve(void (seen.expired += 1)),
  });
  return { clock, seen, sweep, sweepPurged };
}

function setUpRegistrations(count: number, partitions = 1) {
  const clock = createFixedClock();
  const start = clock.now();
  let left: EndingRegistration[] = Array.from({ length: count }, (_, at) => ({
    ...{ tenant: 'default', productKey: 'p', deviceKey: `k${at}`, generation: 1 },
    endsAt: start + 1_000 + at,
  }));
  const seen = { readTo: 0, ended: [] as string[], markers: [] as BusRecord[] };
  const away = new Set<string>();
  const sweep = createRegistrationSweeper({
    ...{ clock, bus: { partitions: () => partitions } },
    endingRegistrations: (before, limit) =>
      Promise.resolve(left.filter(({ endsAt }) => endsAt <= before).slice(0, limit)),
    activations: { readTo: () => Promise.resolve(seen.readTo) },
    publish: (records) => Promise.resolve(void seen.markers.push(...records)),
    expireRegistration: async ({ deviceKey }) => {
      if (away.has(deviceKey)) throw new Error('the store is away');
      seen.ended.push(deviceKey);
      left = left.filter((one) => one.deviceKey !== deviceKey);
    },
  });
  return { clock, seen, sweep, away };
}

describe('the sweep of registrations', () => {
  it('given none whose time has passed, then nothing', async () => {
    const { clock, seen, sweep } = setUpRegistrations(1);
    clock.advance(999);
    await sweep();
    expect(seen).toMatchObject({ ended: [], markers: [] });
  });

  it('given first logins that may still arrive, then they are read first, and only devices without one are ended', async () => {
    const { clock, seen, sweep } = setUpRegistrations(3, 4);
    clock.advance(1_001);
    await sweep();
    expect(seen.ended).toEqual([]);
    expect(seen.markers.length).toBeGreaterThan(0);
    seen.readTo = Number(seen.markers[0]?.headers[MARKER_HEADER]);
    clock.advance(1_000);
    await sweep();
    expect(seen.ended.toSorted()).toEqual(['k0', 'k1']);
    seen.readTo = clock.now();
    await sweep();
    expect(seen.ended.toSorted()).toEqual(['k0', 'k1', 'k2']);
  });

  it('given more than a round takes, then the oldest first, and the rest in the next', async () => {
    const { clock, seen, sweep } = setUpRegistrations(1_200);
    clock.advance(10_000);
    seen.readTo = clock.now();
    await sweep();
    expect(seen.ended).toHaveLength(1_000);
    expect(seen.ended).not.toContain('k1000');
    await sweep();
    expect(seen.ended).toHaveLength(1_200);
  });

  it('given one that cannot be ended now, then the round says so and the next tries again', async () => {
    const { clock, seen, sweep, away } = setUpRegistrations(2);
    clock.advance(10_000);
    seen.readTo = clock.now();
    away.add('k0');
    await expect(sweep()).rejects.toThrow('away');
    away.clear();
    await sweep();
    expect(seen.ended.toSorted()).toEqual(['k0', 'k1']);
  });
});

describe('the sweep', () => {
  it('given a pending unit whose time has not passed, then nothing', async () => {
    const { clock, seen, sweep } = setUp('pending');
    clock.advance(PENDING_MS - 1);
    await sweep();
    expect(seen).toMatchObject({ expired: 0, markers: [] });
  });

  it('given its time has passed but not all signals up to then were read, then those are read first', async () => {
    const { clock, seen, sweep } = setUp('pending');
    clock.advance(PENDING_MS);
    await sweep();
    expect(seen.expired).toBe(0);
    expect(seen.markers).toMatchObject([
      { value: null, headers: { [MARKER_HEADER]: String(clock.now()) } },
    ]);
    seen.readTo = Number(seen.markers[0]?.headers[MARKER_HEADER]);
    await sweep();
    expect(seen.expired).toBe(1);
  });

  it('given a purged unit, then it is settled with the gateways', async () => {
    const { seen, sweepPurged } = setUp('purging');
    await sweepPurged();
    expect(seen).toMatchObject({ settled: 1, expired: 0 });
  });
});
