import { PortError } from '@tallystick/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHealth, type Health } from './health.ts';

describe('readiness', () => {
  let health: Health;
  let head: () => Promise<number>;
  let asked = 0;
  let connected = true;
  let unfit: string | null = null;
  let relay = 'ok';
  let lost: string | null = null;
  beforeEach(() => {
    vi.useFakeTimers();
    asked = 0;
    connected = true;
    unfit = null;
    relay = 'ok';
    lost = null;
    head = async () => 5;
    health = startHealth({
      store: {
        head: () => {
          asked += 1;
          return head();
        },
      },
      viewPosition: () => 5,
      link: {
        connected: () => connected,
        unfit: () => unfit,
        publish: async () => undefined,
        stop: async () => undefined,
      },
      tracker: { busReachable: () => connected },
      relay: () => relay,
      lost: () => lost,
      monotonicMs: () => performance.now(),
    });
  });
  afterEach(() => {
    health.stop();
    vi.useRealTimers();
  });

  it('given a store that goes away and comes back, then not ready meanwhile', async () => {
    await vi.advanceTimersByTimeAsync(0);
    expect(health.ready()).toBe(true);
    head = () => Promise.reject(new PortError('unavailable', 'away'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(health.ready()).toBe(false);
    expect(health.checks()).toMatchObject({ store: 'away' });
    head = async () => 6;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(health.ready()).toBe(true);
  });

  it('given topics that cannot be used, then not ready, and the check says why, until they are mended', async () => {
    connected = false;
    unfit = 'topic identity.events.v1 has 1 partitions and needs 12';
    await vi.advanceTimersByTimeAsync(60_000);
    expect(health.ready()).toBe(false);
    expect(health.checks().bus).toContain('has 1 partitions and needs 12');
    unfit = null;
    connected = true;
    expect(health.ready()).toBe(true);
  });

  it('given a store that falls silent, then it is away after a while, and is asked once', async () => {
    await vi.advanceTimersByTimeAsync(0);
    const silent = Promise.withResolvers<number>();
    head = () => silent.promise;
    asked = 0;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(health.checks()).toMatchObject({ store: 'away' });
    expect(asked).toBe(1);
    silent.resolve(6);
    await vi.advanceTimersByTimeAsync(0);
    expect(health.ready()).toBe(true);
  });

  it('given a bus that goes away, then still ready: registering needs none', async () => {
    await vi.advanceTimersByTimeAsync(0);
    expect(health.ready()).toBe(true);
    connected = false;
    expect(health.ready()).toBe(true);
    expect(health.checks()).toMatchObject({ bus: 'away' });
  });

  it('given a relay that is held up, then its check says so, and still ready: registering needs none', async () => {
    await vi.advanceTimersByTimeAsync(0);
    relay = 'stuck: see the log';
    expect(health.checks()).toMatchObject({ relay: 'stuck: see the log' });
    expect(health.ready()).toBe(true);
  });

  it('given a store that has lost its tail, then not ready, and the check of the store names it', async () => {
    await vi.advanceTimersByTimeAsync(0);
    expect(health.ready()).toBe(true);
    lost = 'the store ends at 5';
    expect(health.ready()).toBe(false);
    expect(health.checks()).toMatchObject({ store: 'lost-tail: the store ends at 5' });
    lost = null;
    expect(health.ready()).toBe(true);
  });
});
