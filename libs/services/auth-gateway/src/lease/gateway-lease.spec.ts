import { parseGatewaysRecord, type GatewayReport } from '@tallystick/contracts';
import { PortError } from '@tallystick/kernel';
import type { BusRecord } from '@tallystick/ports';
import { createFixedClock, deliveredValue } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayLease } from './gateway-lease.ts';

const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn(), debug: vi.fn() };

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function open() {
  const clock = createFixedClock();
  const reports: GatewayReport[] = [];
  const terms: number[] = [];
  const regained: number[] = [];
  const sizes: number[] = [];
  const position = { fast: 3 };
  const bus = { away: false, slow: Promise.resolve(), mostBytes: Infinity };
  const publisher = {
    publish: async ([record]: readonly BusRecord[]): Promise<void> => {
      await bus.slow;
      if (bus.away) throw new PortError('unavailable', 'away');
      const value = deliveredValue(record?.value ?? null);
      if ((value?.length ?? 0) > bus.mostBytes) throw new PortError('unacceptable', 'too large');
      sizes.push(value?.length ?? 0);
      const report = parseGatewaysRecord(value);
      if (report?.kind === 'gateway') reports.push(report);
    },
    close: async (): Promise<void> => undefined,
  };
  const lease = new GatewayLease({
    ...{ publisher, clock, logger, gatewayId: 'g', incarnation: 'i', leaseMs: 10_000 },
    predecessor: 'h',
    ...{ longestBudgetMs: 1, tokenBudgetMs: 1 },
    facts: () => ({
      ...{ ready: true, fastPosition: position.fast, bulkPosition: 2 },
      ...{ stalenessMs: 0, sessions: 0 },
    }),
    onTerm: (term) => terms.push(term),
    onRegained: () => regained.push(clock.monotonicMs()),
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10);
      await vi.advanceTimersByTimeAsync(10);
    }
  };
  return { lease, reports, sizes, position, terms, regained, bus, clock, pass };
}

const fence = { kind: 'fence', gatewayId: 'g', incarnation: 'i', term: 1, at: 0 } as const;

describe('a gateway lease', () => {
  it('is renewed at once and each second', async () => {
    const { lease, reports, pass } = open();
    await pass(3_000);
    expect(reports).toHaveLength(4);
    expect(reports[0]).toMatchObject({ term: 1, fastPosition: 3, bulkPosition: 2, replaces: 'h' });
    await lease.release(10);
  });

  it('when a position advances is renewed within 50 ms, and not more often', async () => {
    const { lease, reports, pass } = open();
    await pass(100);
    for (let i = 0; i < 10; i += 1) {
      lease.advanced(50);
      await pass(10);
    }
    expect(reports.length).toBeGreaterThanOrEqual(2);
    expect(reports.length).toBeLessThanOrEqual(4);
    await lease.release(10);
  });

  it('is renewed for an urgent advance in its time, though a less urgent one waits', async () => {
    const { lease, reports, pass } = open();
    await pass(100);
    lease.advanced(250);
    await pass(10);
    lease.advanced(50);
    await pass(20);
    expect(reports).toHaveLength(2);
    await pass(500);
    expect(reports).toHaveLength(2);
    await lease.release(10);
  });

  it('is renewed once more when a position advances while a report is on its way', async () => {
    const { lease, reports, bus, pass } = open();
    await pass(100);
    const { promise, resolve } = Promise.withResolvers<void>();
    bus.slow = promise;
    lease.advanced(50);
    await pass(100);
    lease.advanced(50);
    await pass(100);
    expect(reports).toHaveLength(1);
    resolve();
    await pass(10);
    expect(reports).toHaveLength(3);
    await lease.release(10);
  });

  it('missed for its time begins one new term, and not another until it was renewed', async () => {
    const { lease, terms, bus, pass, reports } = open();
    await pass(1_000);
    bus.away = true;
    await pass(9_000);
    expect(terms).toEqual([]);
    await pass(40_000);
    expect(terms).toEqual([2]);
    expect(lease.held).toBe(false);
    bus.away = false;
    await pass(1_000);
    expect(reports.at(-1)).toMatchObject({ term: 2 });
    expect(lease.held).toBe(true);
    await lease.release(10);
  });

  it('of a process that was stopped beyond its lease begins a new term', async () => {
    const { lease, terms, clock, pass } = open();
    await pass(100);
    clock.advance(15_000);
    await pass(1_000);
    expect(terms).toEqual([2]);
    await lease.release(10);
  });

  it('fenced in its term begins the next; a fence of another term or incarnation is passed over', async () => {
    const { lease, terms } = open();
    lease.fenced({ ...fence, incarnation: 'other' });
    lease.fenced({ ...fence, term: 7 });
    expect(terms).toEqual([]);
    lease.fenced(fence);
    lease.fenced(fence);
    expect(terms).toEqual([2]);
    await lease.release(10);
  });

  it('tells what each position of the last minute has cut', async () => {
    const { lease, reports, pass } = open();
    lease.cut(5, 2);
    lease.cut(5, 1);
    await pass(1_000);
    expect(reports.at(-1)?.cuts).toEqual([{ position: 5, sessions: 3 }]);
    await pass(61_000);
    expect(reports.at(-1)?.cuts).toEqual([]);
    await lease.release(10);
  });

  it('given a fleet is cut at once, then each report is small, all cuts are reported, and each position after its cuts', async () => {
    const { lease, reports, position, sizes, pass } = open();
    for (let at = 4; at <= 27_003; at += 1) lease.cut(at, 1);
    position.fast = 27_003;
    await pass(1_000);
    expect(Math.max(...sizes)).toBeLessThan(300_000);
    const told = new Set<number>();
    for (const { cuts, fastPosition } of reports) {
      for (const cut of cuts) told.add(cut.position);
      expect(told.size).toBeGreaterThanOrEqual(fastPosition - 3);
    }
    expect(reports.at(-1)).toMatchObject({ fastPosition: 27_003 });
    expect(lease.held).toBe(true);
    await lease.release(10);
  });

  it('given a broker that takes less, then fewer cuts are told at a time, and the lease is held', async () => {
    const { lease, reports, position, bus, pass } = open();
    for (let at = 1; at <= 3_000; at += 1) lease.cut(at, 1);
    position.fast = 3_000;
    bus.mostBytes = 50_000;
    await pass(5_000);
    expect(reports.at(-1)).toMatchObject({ fastPosition: 3_000 });
    expect(lease.held).toBe(true);
    await lease.release(10);
  });

  it('released says so as its last word', async () => {
    const { lease, reports, pass } = open();
    await pass(100);
    await lease.release(100);
    await pass(2_000);
    expect(reports.at(-1)).toMatchObject({ released: true });
    expect(reports.filter(({ released }) => released)).toHaveLength(1);
  });
});
