import {
  createInMemoryEventStore,
  eventStoreConformance,
  InMemoryLog,
  someAppend,
} from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { givesWay } from './giving-way.ts';

async function follow(busy: boolean) {
  const store = createInMemoryEventStore();
  await store.append([someAppend('s/1', 0)]);
  const waits: number[] = [];
  const following = givesWay({
    ...{ store, busy: () => busy, pauseMs: 20 },
    pause: (ms) => Promise.resolve(void waits.push(ms)),
  });
  return { following, waits };
}

eventStoreConformance('in memory, giving way', async () => {
  const log = new InMemoryLog();
  const open = () =>
    givesWay({
      ...{ store: createInMemoryEventStore(log), busy: () => true },
      ...{ pause: () => Promise.resolve(), pauseMs: 1 },
    });
  const store = open();
  return { store, reopen: async () => open(), close: () => store.close() };
});

describe('a follower of the log', () => {
  it('given an import that writes, then it waits before each page, and reads it all the same', async () => {
    const { following, waits } = await follow(true);
    const page = await following.readAll({ after: 0, limit: 10 });
    expect(page.events).toHaveLength(1);
    expect(waits).toEqual([20]);
  });

  it('given an import, and a reader of some types alone, then it does not wait', async () => {
    const { following, waits } = await follow(true);
    await following.readAll({ after: 0, limit: 10, types: ['DeviceDisabled'] });
    expect(waits).toEqual([]);
  });

  it('given no import, then it does not wait', async () => {
    const { following, waits } = await follow(false);
    await following.readAll({ after: 0, limit: 10 });
    expect(waits).toEqual([]);
  });
});
