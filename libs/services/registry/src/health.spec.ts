import { PortError } from '@tallystick/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHealth, type Health } from './health.ts';

describe('readiness', () => {
  let health: Health;
  let head: () => Promise<number>;
  let asked = 0;
  let connected = true;
  let relay = 'ok';
  let told = 0;
  const logged: object[] = [];
  beforeEach(() => {
    vi.useFakeTimers();
    asked = 0;
    connected = true;
    relay = 'ok';
    told = 0;
    logged.length = 0;
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
        publish: async () => undefined,
        stop: async () => undefined,
      },
      tracker: { busReachable: () => connected },
      relay: () => relay,
      toldPosition: () => told,
      log: { error: (fields) => void logged.push(fields) },
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

  it('given a store that ends before what the bus was told of, then the check of the relay says so, and the log once', async () => {
    await vi.advanceTimersByTimeAsync(0);
    told = 6;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(health.checks().relay).toMatch(/^stuck: .*put back/);
    expect(logged).toEqual([{ position: 6, head: 5 }]);
    head = async () => 6;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(health.checks()).toMatchObject({ relay: 'ok' });
  });
});
