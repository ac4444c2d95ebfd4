import { PortError } from '@tallystick/kernel';
import type { BusRecord, Campaign, Leadership, RelayMapper } from '@tallystick/ports';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clockConformance } from '@tallystick/test-kit';
import { RelayWorld, wallClock } from './relay-world.builder.ts';
import { createRelay, type Relay } from './relay.ts';
import type { Pace, RelayLane } from './relay.types.ts';
import { runRelay } from './run-relay.ts';

const log = { info: () => undefined, warn: () => undefined };
const QUICK: Partial<Pace> = { batch: 3, idleTickMs: 10_000, movedTickMs: 10, restMs: 0 };
const running: AbortController[] = [];

afterEach(() => {
  for (const lane of running.splice(0)) lane.abort();
});

function start(
  world: RelayWorld,
  options: {
    readonly lane?: RelayLane;
    readonly types?: string[];
    readonly pace?: object;
    readonly mapper?: RelayMapper;
    readonly onSetAside?: (record: BusRecord) => void;
  } = {},
): Relay & { stop(): Promise<unknown> } {
  const abort = new AbortController();
  running.push(abort);
  const { lane = 'bulk', types, pace, mapper = world.mapper(types), onSetAside } = options;
  const relay = createRelay({
    store: world.store,
    tail: world.tail,
    bus: world.bus,
    lane,
    mapper,
    clock: wallClock,
    log,
    signal: abort.signal,
    pace: { ...QUICK, ...pace },
    ...(onSetAside === undefined ? {} : { onSetAside }),
  });
  return {
    ...relay,
    stop: () => {
      abort.abort();
      return relay.ended;
    },
  };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1);
const relayed = (world: RelayWorld, last: number, lane: RelayLane = 'bulk'): Promise<void> =>
  vi.waitFor(
    () => {
      expect(world.progress(lane)).toBe(last);
    },
    { timeout: 10_000, interval: 5 },
  );

clockConformance('the clock of the relay specs', () => wallClock);

describe('a lane of the relay', () => {
  it('carries the log in order, each batch with its tick and the progress', async () => {
    const world = new RelayWorld();
    world.append(8);
    start(world);
    await relayed(world, 8);
    expect(world.positions()).toEqual(upTo(8));
    expect(world.commits.map(({ progress }) => progress)).toEqual([3, 6, 8]);
    expect(world.commits.map(({ records }) => records.at(-1)?.key)).toEqual([
      'tick',
      'tick',
      'tick',
    ]);
    expect(world.ticks().slice(0, 3)).toMatchObject([{ upTo: 3 }, { upTo: 6 }, { upTo: 8 }]);
  });

  it('maps a long batch in parts, between which everything else has its turn, and commits it as one', async () => {
    const world = new RelayWorld();
    world.append(160);
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      if (world.progress('bulk') === 0) setImmediate(turn);
    };
    const mapper = world.mapper();
    const seen: number[] = [];
    const counting: RelayMapper = {
      ...mapper,
      map: (events, identity) => {
        seen.push(turns);
        return mapper.map(events, identity);
      },
    };
    turn();
    start(world, { mapper: counting, pace: { batch: 160 } });
    await relayed(world, 160);
    expect(world.positions()).toEqual(upTo(160));
    expect(world.commits).toHaveLength(1);
    expect(new Set(seen.slice(0, 4)).size).toBe(4);
  });

  it('says the last event’s time while more is waiting, and when it read the head at the end', async () => {
    const world = new RelayWorld();
    world.append(5);
    const before = Date.now();
    start(world);
    await relayed(world, 5);
    const [first, second] = world.ticks();
    expect(first?.upToTime).toBe(3);
    expect(second?.upToTime).toBeGreaterThanOrEqual(before);
  });

  it('goes on where the leader before it stopped', async () => {
    const world = new RelayWorld();
    world.append(4);
    const first = start(world);
    await relayed(world, 4);
    expect(await first.stop()).toBe('stopped');
    world.append(3);
    start(world);
    await relayed(world, 7);
    expect(world.positions()).toEqual(upTo(7));
  });

  it('follows what is appended while it waits', async () => {
    const world = new RelayWorld();
    start(world);
    world.append(1);
    await relayed(world, 1);
    world.append(2);
    await relayed(world, 3);
    expect(world.positions()).toEqual(upTo(3));
  });

  it('reads the next batch while one commits, and commits them one after another', async () => {
    const world = new RelayWorld();
    let open = (): void => undefined;
    world.gate = new Promise((resolve) => (open = resolve));
    world.append(9);
    const relay = start(world);
    await vi.waitFor(() => {
      expect(relay.status().position).toBe(3);
    });
    expect(world.log).toEqual([]);
    open();
    await relayed(world, 9);
    expect(world.positions()).toEqual(upTo(9));
  });

  it('ends when a newer leader has opened the lane, and nothing is missing or doubled', async () => {
    const world = new RelayWorld();
    world.append(3);
    const older = start(world);
    await relayed(world, 3);
    start(world);
    await vi.waitFor(() => {
      expect(world.opened('bulk')).toBe(2);
    });
    world.append(3);
    expect(await older.ended).toBe('fenced');
    await relayed(world, 6);
    expect(world.positions()).toEqual(upTo(6));
  });

  it.each(['commit', 'publish', 'read'] as const)('opens anew after a failed %s', async (call) => {
    const world = new RelayWorld();
    start(world, { pace: { idleTickMs: 5 } });
    world.append(2);
    await relayed(world, 2);
    world.troubles[call].push(new PortError('unavailable', 'away'));
    world.append(2);
    await vi.waitFor(
      () => {
        expect(world.opened('bulk')).toBe(2);
      },
      { timeout: 10_000 },
    );
    world.append(2);
    await relayed(world, 6);
    expect(world.positions()).toEqual(upTo(6));
  });

  it('does not repeat a batch whose commit failed after it stood', async () => {
    const world = new RelayWorld();
    world.append(3);
    const { bus } = world;
    let failed = false;
    const lossy = {
      ...bus,
      openFencedWriter: async (id: string) => {
        const writer = await bus.openFencedWriter(id);
        return {
          ...writer,
          commit: async (batch: Parameters<typeof writer.commit>[0]) => {
            await writer.commit(batch);
            if (failed) return;
            failed = true;
            throw new PortError('timeout', 'no answer');
          },
        };
      },
    };
    Object.assign(world, { bus: lossy });
    start(world);
    await vi.waitFor(
      () => {
        expect(world.opened('bulk')).toBe(2);
      },
      { timeout: 10_000 },
    );
    world.append(2);
    await relayed(world, 5);
    expect(world.positions()).toEqual(upTo(5));
  });

  it('rejects with what cannot be waited out', async () => {
    const world = new RelayWorld();
    world.troubles.read.push(new PortError('misconfigured', 'an event of a newer release'));
    const relay = start(world);
    await expect(relay.ended).rejects.toThrow('newer release');
  });
});

describe('an idle lane', () => {
  it('goes on saying how far it is, fresher each time', async () => {
    const world = new RelayWorld();
    world.append(2);
    start(world, { pace: { idleTickMs: 5 } });
    await vi.waitFor(() => {
      expect(world.ticks().filter(({ transient }) => transient).length).toBeGreaterThan(3);
    });
    const ticks = world.ticks();
    expect(ticks.every((tick) => tick.upTo === 2)).toBe(true);
    const times = ticks.map(({ upToTime }) => upToTime);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(world.commits).toHaveLength(1);
  });

  it('never says more than what is committed', async () => {
    const world = new RelayWorld();
    let open = (): void => undefined;
    world.append(2);
    start(world, { pace: { idleTickMs: 1, movedTickMs: 1 } });
    await relayed(world, 2);
    world.gate = new Promise((resolve) => (open = resolve));
    world.append(2);
    await vi.waitFor(() => {
      expect(world.waiters.size).toBe(0);
    });
    expect(world.ticks().every((tick) => tick.upTo === 2)).toBe(true);
    open();
    await relayed(world, 4);
  });

  it('says soon that it has passed events that are not its own, with no record in a transaction', async () => {
    const world = new RelayWorld();
    world.append(5, 'DeviceDetailsChanged');
    start(world, { lane: 'fast', types: ['DeviceDisabled'] });
    await vi.waitFor(() => {
      expect(world.ticks()).toMatchObject([{ upTo: 5, transient: true }]);
    });
    expect(world.commits).toMatchObject([{ records: [], progress: 5 }]);
    world.append(1, 'DeviceDisabled');
    await relayed(world, 6, 'fast');
    expect(world.positions()).toEqual([6]);
  });

  it('writes its progress now and then, so that a new leader does not begin from the start', async () => {
    const world = new RelayWorld();
    world.append(50, 'DeviceDetailsChanged');
    start(world, { lane: 'fast', types: ['DeviceDisabled'], pace: { saveEvery: 20 } });
    await relayed(world, 50, 'fast');
    expect(world.positions()).toEqual([]);
  });
});

describe('the relay', () => {
  /** Leads when told to. */
  class ObedientLeadership implements Leadership {
    lead: ((signal: AbortSignal) => Promise<void>) | null = null;
    readonly #end = new AbortController();
    #ended: Promise<void> = Promise.resolve();

    campaign(name: string, lead: (signal: AbortSignal) => Promise<void>): Campaign {
      expect(name).toBe('relay');
      this.lead = lead;
      return {
        stop: async () => {
          this.#end.abort();
          await this.#ended;
        },
      };
    }

    begin(): Promise<void> {
      this.#ended = this.lead?.(this.#end.signal) ?? Promise.resolve();
      return this.#ended;
    }
  }

  const given = (world: RelayWorld) => {
    const leadership = new ObedientLeadership();
    const mappers = { fast: world.mapper(['DeviceDisabled']), bulk: world.mapper() };
    const { store, tail, bus } = world;
    const relay = runRelay({ leadership, mappers, store, tail, bus, clock: wallClock, log });
    return { leadership, relay };
  };

  it('does nothing until it leads', () => {
    const world = new RelayWorld();
    const { relay } = given(world);
    expect(relay.status()).toMatchObject({ leading: false, lanes: { bulk: { position: 0 } } });
    expect(world.writers.size).toBe(0);
  });

  it('runs both lanes while it leads', async () => {
    const world = new RelayWorld();
    const { leadership, relay } = given(world);
    void leadership.begin();
    world.append(2);
    world.append(1, 'DeviceDisabled');
    await relayed(world, 3);
    await relayed(world, 3, 'fast');
    expect(relay.status()).toEqual({
      leading: true,
      lanes: { fast: { position: 3, lag: 0 }, bulk: { position: 3, lag: 0 } },
    });
    await relay.stop();
  });

  it('gives the lead up when a lane is fenced', async () => {
    const world = new RelayWorld();
    const { leadership, relay } = given(world);
    const ended = leadership.begin();
    await vi.waitFor(() => {
      expect(world.opened('bulk')).toBe(1);
    });
    world.fence('bulk');
    world.append(1);
    await ended;
    expect(relay.status().leading).toBe(false);
  });

  it('ends both lanes when it is stopped', async () => {
    const world = new RelayWorld();
    const { leadership, relay } = given(world);
    void leadership.begin();
    await vi.waitFor(() => {
      expect(relay.status().leading).toBe(true);
    });
    await relay.stop();
    expect(relay.status().leading).toBe(false);
  });
});

describe('what the bus will never take', () => {
  /** Each event as one record of so many bytes; one that is left out is told as its short form. */
  const sized = (world: RelayWorld, bytes: (position: number) => number): RelayMapper => ({
    ...world.mapper(),
    map: async (events) =>
      events.map(({ position }) => ({
        ...{ topic: 'log', key: String(position), headers: {} },
        value: 'x'.repeat(bytes(position)),
      })),
    instead: (record) => ({ ...record, value: 'short' }),
  });
  const lengths = (world: RelayWorld): unknown[] =>
    world.log.filter(({ key }) => key !== 'tick').map(({ key, value }) => [key, value?.length]);

  it('given a record above the bound of every bus, then its replacement is sent, and the records behind it follow', async () => {
    const world = new RelayWorld();
    world.append(7);
    const relay = start(world, {
      mapper: sized(world, (position) => (position === 4 ? 950_000 : 9)),
    });
    await relayed(world, 7);
    expect(lengths(world)).toEqual(upTo(7).map((n) => [String(n), n === 4 ? 5 : 9]));
    await relay.stop();
  });

  it('given a broker that takes less, then events go one at a time, the refused one is replaced, and the others follow', async () => {
    const world = new RelayWorld();
    world.mostBytes = 500;
    world.append(9);
    const asides: unknown[] = [];
    const relay = start(world, {
      mapper: sized(world, (position) => (position === 4 ? 600 : 300)),
      onSetAside: ({ key }) => asides.push(key),
    });
    await relayed(world, 9);
    expect(lengths(world)).toEqual(upTo(9).map((n) => [String(n), n === 4 ? 5 : 300]));
    expect(asides).toEqual(['4']);
    await relay.stop();
  });

  it('given nothing smaller stands for it, then the lane ends, and nothing counts as relayed', async () => {
    const world = new RelayWorld();
    world.append(2);
    const mapper = { ...sized(world, () => 950_000), instead: (record: BusRecord) => record };
    const relay = start(world, { mapper });
    await expect(relay.ended).rejects.toMatchObject({ code: 'misconfigured' });
    expect(world.progress('bulk')).toBe(0);
  });
});
