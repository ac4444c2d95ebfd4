import { createInMemoryEventStore, eventStoreConformance, InMemoryLog } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { timedStore } from './timed-store.ts';

eventStoreConformance('in memory, timed', async () => {
  const log = new InMemoryLog();
  const open = () =>
    timedStore(
      createInMemoryEventStore(log),
      () => 0,
      () => undefined,
    );
  const store = open();
  return { store, reopen: async () => open(), close: () => store.close() };
});

describe('a store that tells how long its appends took', () => {
  it('given appends that stand, that are refused and that fail, then each is told with its outcome', async () => {
    const told: string[] = [];
    let now = 0;
    const store = timedStore(
      createInMemoryEventStore(),
      () => (now += 5),
      (outcome, ms) => void told.push(`${outcome} ${ms}`),
    );
    const batch = (expectedRevision: number) => [{ stream: 's', expectedRevision, events: [] }];
    expect((await store.append(batch(0))).ok).toBe(true);
    expect((await store.append(batch(7))).ok).toBe(false);
    await store.close();
    await expect(store.append(batch(0))).rejects.toMatchObject({ code: 'closed' });
    expect(told).toEqual(['appended 5', 'refused 5', 'failed 5']);
  });
});
