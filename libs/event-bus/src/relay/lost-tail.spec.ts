import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRelay } from './relay.ts';
import { RelayWorld, wallClock } from './relay-world.builder.ts';
import type { RelayDeps } from './relay.types.ts';
import { judgeStore, newestTold, toMark, type StoreMark } from './store-mark.ts';

const running: AbortController[] = [];
const nothing = { progress: 0, note: '' };

afterEach(() => {
  for (const abort of running.splice(0)) abort.abort();
});

function start(world: RelayWorld, of: Partial<Pick<RelayDeps, 'lane' | 'mapper'>> = {}) {
  const abort = new AbortController();
  running.push(abort);
  const said: string[] = [];
  const relay = createRelay({
    ...{ store: world.store, tail: world.tail, bus: world.bus, lane: 'bulk' },
    ...{ mapper: world.mapper(), clock: wallClock, signal: abort.signal },
    log: {
      info: () => undefined,
      warn: (fields, message) => void said.push(`${message} ${JSON.stringify(fields)}`),
    },
    pace: { batch: 3, idleTickMs: 20, movedTickMs: 10 },
    ...of,
  });
  return { relay, said, stop: () => (abort.abort(), relay.ended) };
}

const relayed = (world: RelayWorld, last: number): Promise<void> =>
  vi.waitFor(() => expect(world.progress('bulk')).toBe(last), { timeout: 10_000, interval: 5 });

/** All eight were told; the store then ends at five. */
async function putBack(world = new RelayWorld()) {
  world.append(8);
  const first = start(world);
  await relayed(world, 8);
  await first.stop();
  world.putBack(5);
  return world;
}

describe('a store that lost its tail', () => {
  it('given one that ends before what was told, then nothing more is written, not even a tick', async () => {
    const world = await putBack();
    const before = world.log.length;
    const { said } = start(world);
    await vi.waitFor(() => expect(said.join()).toContain('lost its tail'));
    expect(said.join()).toContain('up to position 8, and the store ends at 5');
    expect(world.log.length).toBe(before);
  });

  it('given one that has grown again beyond what was told, then the event that stands there tells it', async () => {
    const world = await putBack();
    world.append(6);
    const before = world.log.length;
    const { said } = start(world);
    await vi.waitFor(() => expect(said.join()).toContain('another event stands now'));
    expect(world.log.length).toBe(before);
  });

  it('given one that is put back while the relay runs, then it stops before the next batch', async () => {
    const world = new RelayWorld();
    world.append(8);
    const { said } = start(world);
    await relayed(world, 8);
    world.putBack(5);
    world.append(9);
    await vi.waitFor(() => expect(said.join()).toContain('lost its tail'));
    expect(world.positions()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('given a store that ends before a position that a lane only ticked, then the loss is still found', async () => {
    const world = new RelayWorld();
    const fast = { lane: 'fast', mapper: world.mapper(['DeviceDisabled']) } as const;
    world.append(8);
    const first = start(world, fast);
    await vi.waitFor(() => expect(world.ticks().at(-1)).toMatchObject({ upTo: 8 }));
    await first.stop();
    world.putBack(5);
    const before = world.log.length;
    const { said } = start(world, fast);
    await vi.waitFor(() => expect(said.join()).toContain('up to position 8, and the store ends'));
    expect(world.log.length).toBe(before);
  });

  it('given its adoption, then all is told anew once, and what comes after it in order', async () => {
    const world = await putBack();
    const { said } = start(world);
    await vi.waitFor(() => expect(said.join()).toContain('lost its tail'));
    world.adopt(8);
    await vi.waitFor(() => expect(world.adoptions).toHaveLength(1), { timeout: 10_000 });
    world.append(2);
    await relayed(world, 10);
    expect(world.adoptions).toMatchObject([
      { identity: { incarnation: 2 }, voidAfter: 5, head: 8 },
    ]);
    expect(world.positions().slice(8)).toEqual([9, 10]);
    expect(world.ticks().at(-1)).toMatchObject({ identity: { incarnation: 2 }, upTo: 10 });
  });

  it('given an end in the middle of telling anew, then whoever goes on tells all of it again', async () => {
    const world = await putBack();
    world.adopt(8);
    world.troubles.commit.push(new Error('the process ends here'));
    await start(world).relay.ended.catch(() => undefined);
    start(world);
    await vi.waitFor(() => expect(world.adoptions).toHaveLength(2), { timeout: 10_000 });
    expect(world.adoptions.map(({ identity }) => identity.incarnation)).toEqual([2, 2]);
  });

  it('given a store that is restored during a renewal, then it counts as lost, and its next adoption gets a new number', async () => {
    const world = await putBack();
    world.adopt(8);
    world.renewing = new Promise(() => undefined);
    const first = start(world);
    await vi.waitFor(() => expect(world.adoptions).toHaveLength(1), { timeout: 10_000 });
    await first.stop();
    const note = (): StoreMark | null => toMark(world.writers.get('relay-bulk') ?? nothing);
    expect(newestTold(note())).toBe(2);
    // The right one, with its whole tail: part of what readers hold of it is void by now.
    const right = { head: 8, identity: { storeId: 'store', incarnation: 1 }, idAt: 'event-8' };
    expect(judgeStore(8, note(), right).state).toBe('lost-tail');
    world.renewing = Promise.resolve();
    world.adopt(8);
    start(world);
    await vi.waitFor(() => expect(world.adoptions).toHaveLength(2), { timeout: 10_000 });
    await vi.waitFor(() => expect(note()).toMatchObject({ incarnation: 3 }));
    expect(note()?.telling).toBeUndefined();
  });

  it('given events that were adopted but never told, then they are told', async () => {
    const world = new RelayWorld();
    world.append(8);
    const first = start(world);
    await relayed(world, 8);
    await first.stop();
    world.append(3);
    world.adopt(20);
    start(world);
    await relayed(world, 20);
    expect(world.positions().slice(8)).toEqual([9, 10, 11]);
    expect(world.adoptions).toMatchObject([{ voidAfter: 8 }]);
  });
});

describe('whether a store is the one that the bus was told of', () => {
  const identity = { storeId: 'a', incarnation: 2 };
  const mark = { ...identity, position: 7, eventId: 'e7' };
  const found = { head: 9, identity, idAt: 'e7' };

  it.each([
    ['the same event stands there', mark, found, 'same'],
    ['it ends before', mark, { ...found, head: 6, idAt: null }, 'lost-tail'],
    ['another event stands there', mark, { ...found, idAt: 'x' }, 'lost-tail'],
    ['no event stands there', mark, { ...found, idAt: null }, 'lost-tail'],
    ['it is another store', { ...mark, storeId: 'b' }, found, 'lost-tail'],
    ['it is a copy from before an adoption', { ...mark, incarnation: 3 }, found, 'lost-tail'],
    [
      'it was adopted with a number of which part was told by a copy that is gone',
      { ...mark, incarnation: 1, telling: 3 },
      found,
      'lost-tail',
    ],
    ['it is the one being told of', { ...mark, incarnation: 1, telling: 2 }, found, 'adopted'],
    ['it was adopted since', { ...mark, incarnation: 1 }, found, 'adopted'],
    [
      'another store was adopted in its place',
      { ...mark, storeId: 'b', incarnation: 1 },
      found,
      'adopted',
    ],
    [
      'an earlier release told of it',
      null,
      { ...found, identity: { ...identity, incarnation: 1 } },
      'same',
    ],
    ['an earlier release told of more', null, { ...found, head: 6, idAt: null }, 'adopted'],
  ] as const)('%s', (_, known, now, state) => {
    expect(judgeStore(7, known, now).state).toBe(state);
  });

  it('nothing was told: any store is', () => {
    expect(judgeStore(0, null, found).state).toBe('same');
  });
});
