import { encodeJson, TOPICS, type GatewayReport } from '@tallystick/contracts';
import type { BusBatch, BusRecord } from '@tallystick/ports';
import { createFixedClock, deliveredValue } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createEffectsTracker } from './effects-tracker.ts';

const report = (over: Partial<GatewayReport> = {}): GatewayReport => ({
  kind: 'gateway',
  gatewayId: 'a',
  incarnation: 'i1',
  term: 1,
  ready: true,
  released: false,
  reportedAt: 0,
  leaseMs: 10_000,
  fastPosition: 0,
  bulkPosition: 0,
  stalenessMs: 0,
  sessions: 0,
  longestBudgetMs: 60_000,
  tokenBudgetMs: 60_000,
  cuts: [],
  ...over,
});

function setUp() {
  const clock = createFixedClock();
  const tracker = createEffectsTracker({ clock, registryId: 'r1', leaseMs: 10_000 });
  const written: BusRecord[] = [];
  const publisher = {
    publish: (records: readonly BusRecord[]) => Promise.resolve(void written.push(...records)),
    close: () => Promise.resolve(),
  };
  const deliver = (value: Uint8Array | null, timestampMs = clock.now()): Promise<void> => {
    const place = { topic: TOPICS.gateways, partition: 0 };
    const records = [{ ...place, offset: 0, timestampMs, key: null, value, headers: {} }];
    const batch: BusBatch = { ...place, records, heartbeat: () => Promise.resolve() };
    return tracker.onBatch(batch);
  };
  const beat = async (): Promise<void> => {
    await tracker.beat(publisher);
    await deliver(deliveredValue(written.at(-1)?.value ?? null));
  };
  return { clock, tracker, deliver, beat };
}

describe('what a registry knows of the gateways', () => {
  it('given it has just started, then it is unknown whether it knows all, for as long as a lease', async () => {
    const { clock, tracker, beat } = setUp();
    expect(tracker.busReachable()).toBe(false);
    await beat();
    expect(tracker.busReachable()).toBe(true);
    expect(tracker.unknown()).toBe(true);
    clock.advance(10_000);
    await beat();
    expect(tracker.unknown()).toBe(false);
  });

  it('given its own beat has not come back for 3 s, then the bus counts as away and the answer is unknown', async () => {
    const { clock, tracker, beat } = setUp();
    clock.advance(10_000);
    await beat();
    clock.advance(2_999);
    expect(tracker.unknown()).toBe(false);
    clock.advance(1);
    expect(tracker.busReachable()).toBe(false);
    expect(tracker.unknown()).toBe(true);
  });

  it.each([-600_000, 600_000])(
    'given the time is corrected by %i ms, then its own beats go on telling whether the bus is reachable',
    async (correction) => {
      const { clock, tracker, beat } = setUp();
      clock.set(correction);
      await beat();
      expect(tracker.busReachable()).toBe(true);
      clock.advance(10_000);
      expect(tracker.busReachable()).toBe(false);
      await beat();
      expect(tracker.unknown()).toBe(false);
      clock.set(-correction);
      expect(tracker.unknown()).toBe(false);
      clock.advance(3_000);
      expect(tracker.busReachable()).toBe(false);
    },
  );

  it('given beats of others or old ones of a backlog, then they prove nothing', async () => {
    const { clock, tracker, deliver } = setUp();
    await deliver(encodeJson({ kind: 'beat', writer: 'registry/r2', at: clock.now() }));
    await deliver(encodeJson({ kind: 'beat', writer: 'registry/r1', at: clock.now() - 5_000 }));
    expect(tracker.busReachable()).toBe(false);
  });

  it('given reports of a backlog, then their leases run from when they were written', async () => {
    const { clock, tracker, deliver } = setUp();
    await deliver(encodeJson(report()), clock.now() - 60_000);
    expect(Date.parse(tracker.history.gateways(clock.now(), 'default')[0]?.leaseUntil ?? '')).toBe(
      clock.now() - 50_000,
    );
  });
});

describe('what a restarted registry reads again', () => {
  it('given a gateway was retired after its lease had ended, then it is not listed; one that came back is listed', async () => {
    const { clock, tracker, deliver } = setUp();
    const now = clock.now();
    const retired = (gatewayId: string) => encodeJson({ kind: 'retired', gatewayId, at: 0 });
    for (const gatewayId of ['gone', 'back', 'held'])
      await deliver(encodeJson(report({ gatewayId })), now - 60_000);
    for (const gatewayId of ['gone', 'back', 'never'])
      await deliver(retired(gatewayId), now - 30_000);
    await deliver(retired('held'), now - 55_000);
    await deliver(encodeJson(report({ gatewayId: 'back' })), now - 20_000);
    const known = tracker.history.gateways(now, 'default').map(({ gatewayId }) => gatewayId);
    expect(known).toEqual(['back', 'held']);
  });
});

describe('waiting for gateways', () => {
  it('given a report that has the position, then the wait ends; given none, then it ends with its time', async () => {
    const { tracker, deliver, beat } = setUp();
    await beat();
    await deliver(encodeJson(report()));
    const held = tracker.waitLivingGateways(7, 5_000);
    await deliver(encodeJson(report({ fastPosition: 7 })));
    expect(await held).toBe(true);
    expect(await tracker.waitLivingGateways(8, 5)).toBe(false);
  });

  it('given the registry itself stood still, then it waits for a gateway whose reports it has not read, but not for a silent one', async () => {
    const { clock, tracker, deliver, beat } = setUp();
    await beat();
    await deliver(encodeJson(report()));
    clock.advance(1_600);
    expect(await tracker.waitLivingGateways(7, 5)).toBe(false);
    await beat();
    expect(await tracker.waitLivingGateways(7, 5)).toBe(true);
  });

  it('given no living gateway, or the end of the service, then nobody waits', async () => {
    const { tracker, deliver, beat } = setUp();
    expect(await tracker.waitLivingGateways(7, 5_000)).toBe(true);
    await beat();
    await deliver(encodeJson(report()));
    const held = tracker.waitLivingGateways(7, 60_000);
    tracker.stop();
    expect(await held).toBe(false);
  });
});
