import type { WaitingUnit } from '@tallystick/projections';
import type { BusRecord } from '@tallystick/ports';
import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { MARKER_HEADER } from './activations.reactor.ts';
import { createPurgeSweeper, createSweeper } from './sweeper.ts';

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

describe('the sweep', () => {
  it('given a pending unit whose time has not passed, then nothing', async () => {
    const { clock, seen, sweep } = setUp('pending');
    clock.advance(PENDING_MS - 1);
    await sweep();
    expect(seen).toMatchObject({ expired: 0, markers: [] });
  });

  it('given its time has passed but the signals have not been read so far, then they are asked for first', async () => {
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
