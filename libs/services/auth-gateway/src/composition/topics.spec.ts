import { TOPIC_DEFINITIONS, TOPICS } from '@tallystick/contracts';
import { PortError } from '@tallystick/kernel';
import type { EventBus, ViewStore } from '@tallystick/ports';
import { createInMemoryEventBus, createInMemoryViewStore } from '@tallystick/test-kit';
import { createLogger } from '@tallystick/services-edge';
import { describe, expect, it, vi } from 'vitest';
import { BUS } from '../view/view-owner.ts';
import { PARTITIONS, partitionCounts } from '../view/partition-counts.ts';
import { learnTopics } from './topics.ts';

const logger = createLogger('spec', 'silent');
const { signal } = new AbortController();

/** A view that was read from a bus, when that had so many partitions. */
async function viewOf(partitions: number, of?: Pick<EventBus, 'identity'>): Promise<ViewStore> {
  const bus = createInMemoryEventBus({ partitions });
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  const store = createInMemoryViewStore();
  await store.apply([{ key: 'p/pump', value: 'held' }], {
    ...{ [PARTITIONS]: partitionCounts(bus), [BUS]: await (of ?? bus).identity() },
  });
  return store;
}

/** A bus that is away until `comeBack` is called; then it has three partitions. */
function awayBus(): { readonly bus: EventBus; comeBack(): void } {
  const inner = createInMemoryEventBus({ partitions: 3 });
  let away = true;
  const bus: EventBus = {
    ensureTopics: async (specs) => {
      if (away) throw new PortError('unavailable', 'away');
      await inner.ensureTopics(specs);
    },
    assumeTopics: (specs) => void inner.ensureTopics(specs),
    partitions: (topic) => inner.partitions(topic),
    openPublisher: () => inner.openPublisher(),
    openFencedWriter: (id) => inner.openFencedWriter(id),
    progressOf: (id) => inner.progressOf(id),
    identity: () => inner.identity(),
    clockErrorMs: () => inner.clockErrorMs(),
    timeAt: (monotonicMs) => inner.timeAt(monotonicMs),
    subscribe: (options) => inner.subscribe(options),
    close: () => inner.close(),
  };
  return { bus, comeBack: () => (away = false) };
}

describe('what a gateway knows of its topics when it starts', () => {
  it('given a bus, then it asks', async () => {
    const bus = createInMemoryEventBus({ partitions: 3 });
    const { checked } = await learnTopics({ bus, store: await viewOf(3), logger, signal });
    await checked;
    expect(bus.partitions(TOPICS.sessions)).toBe(3);
  });

  it('given a bus that is away and a complete view, then the topics come from the view, and from the bus when it is back', async () => {
    const { bus, comeBack } = awayBus();
    const { checked } = await learnTopics({ bus, store: await viewOf(3, bus), logger, signal });
    expect(bus.partitions(TOPICS.sessions)).toBe(3);
    comeBack();
    await checked;
  });

  it('given a bus that is away and no view, then it cannot start', async () => {
    const { bus } = awayBus();
    const starting = learnTopics({ bus, store: createInMemoryViewStore(), logger, signal });
    await expect(starting).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('given topics made anew with other partitions, then the view is thrown away', async () => {
    const bus = createInMemoryEventBus({ partitions: 5 });
    const store = await viewOf(3, bus);
    await learnTopics({ bus, store, logger, signal });
    expect(store.get('p/pump')).toBeUndefined();
  });

  it('given another bus with as many partitions, then the view is thrown away, and why is told', async () => {
    const bus = createInMemoryEventBus({ partitions: 3 });
    const store = await viewOf(3);
    const { readAnew } = await learnTopics({ bus, store, logger, signal });
    expect(store.get('p/pump')).toBeUndefined();
    expect(readAnew).toMatch(/^it was read from another bus \(/);
  });

  it('given the bus that the view was read from, then the view stays', async () => {
    const bus = createInMemoryEventBus({ partitions: 3 });
    const store = await viewOf(3, bus);
    expect(await learnTopics({ bus, store, logger, signal })).toMatchObject({ readAnew: null });
    expect(store.get('p/pump')).toBe('held');
  });

  it('given a bus that is away and turns out to be another one, then this start must end', async () => {
    const { bus, comeBack } = awayBus();
    const store = await viewOf(3);
    const { checked } = await learnTopics({ bus, store, logger, signal });
    comeBack();
    await expect(checked).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('given a view or none, then the bus that was met is named', async () => {
    const bus = createInMemoryEventBus({ partitions: 3 });
    for (const store of [createInMemoryViewStore(), await viewOf(3, bus)]) {
      const { met } = await learnTopics({ bus, store, logger, signal });
      expect(await met).toBe(await bus.identity());
    }
  });

  it('given a bus that is away, then its name is known when it is back, even if it is another bus', async () => {
    const { bus, comeBack } = awayBus();
    const { met, checked } = await learnTopics({ bus, store: await viewOf(3), logger, signal });
    checked.catch(() => undefined);
    const early = await Promise.race([met, Promise.resolve('not met')]);
    expect(early).toBe('not met');
    comeBack();
    expect(await met).toBe(await bus.identity());
  });

  it('given topics that cannot be used, then the start is refused, and nothing is left unheard', async () => {
    const bus = createInMemoryEventBus({ partitions: 3 });
    const store = await viewOf(3, bus);
    const refusal = new PortError('misconfigured', 'unfit topics');
    vi.spyOn(bus, 'ensureTopics').mockRejectedValue(refusal);
    const unheard = vi.fn();
    process.on('unhandledRejection', unheard);
    await expect(learnTopics({ bus, store, logger, signal })).rejects.toBe(refusal);
    // Node tells of them when the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unheard);
    expect(unheard).not.toHaveBeenCalled();
  });
});
