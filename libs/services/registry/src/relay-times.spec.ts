import type { BusRecord, FencedWriter, RelayMapper, StoredEvent } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { createRelayTimes } from './relay-times.ts';

const record: BusRecord = { topic: 't', key: 'k', value: '{}', headers: {} };
const at = (time: number): StoredEvent => ({ time }) as StoredEvent;

const identity = { storeId: 's', incarnation: 1 };

function world() {
  const clock = { time: 1_000, now: () => clock.time };
  const told: (readonly [string, number])[] = [];
  const times = createRelayTimes(clock, (lane, lagMs) => void told.push([lane, lagMs]));
  const commits: (() => Promise<void>)[] = [];
  const writer: FencedWriter = {
    progress: () => Promise.resolve(0),
    note: () => Promise.resolve(''),
    commit: () => commits.shift()?.() ?? Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const bus = times.watchBus({
    openFencedWriter: () => Promise.resolve(writer),
    openPublisher: () => Promise.reject(new Error('not asked for')),
  });
  const mapper = (records: readonly BusRecord[]): RelayMapper =>
    times.watchMapper('fast', {
      types: undefined,
      map: () => Promise.resolve(records),
      ticks: () => [],
      renew: () => Promise.resolve(),
      instead: () => null,
      forget: () => undefined,
    });
  return { clock, told, times, commits, bus, mapper };
}

describe('how long events take to the bus', () => {
  it('given a batch is committed, then each of its events is told with its own time', async () => {
    const { clock, told, times, bus, mapper } = world();
    const writer = await bus.openFencedWriter('relay-fast');
    await mapper([record]).map([at(900), at(990)], identity);
    expect(times.behindMs('fast')).toBe(100);
    clock.time = 1_020;
    await writer.commit({ records: [record] });
    expect(told).toEqual([
      ['fast', 120],
      ['fast', 30],
    ]);
    expect(times.behindMs('fast')).toBe(0);
    expect(times.behindMs('bulk')).toBe(0);
  });

  it('given events that are not of its concern, then none waits', async () => {
    const { times, mapper } = world();
    await mapper([]).map([at(1)], identity);
    expect(times.behindMs('fast')).toBe(0);
  });

  it('given the bus is away, then the oldest is behind until a later commit stands', async () => {
    const { clock, told, times, commits, bus, mapper } = world();
    const watched = mapper([record]);
    const writer = await bus.openFencedWriter('relay-fast');
    commits.push(() => Promise.reject(new Error('away')));
    await watched.map([at(900)], identity);
    await expect(writer.commit({ records: [record] })).rejects.toThrow('away');
    clock.time = 31_000;
    watched.forget();
    expect(times.behindMs('fast')).toBe(30_100);
    expect(told).toEqual([]);
    await watched.map([at(900)], identity);
    await writer.commit({ records: [record] });
    expect(told).toEqual([['fast', 30_100]]);
    expect(times.behindMs('fast')).toBe(0);
  });
});
