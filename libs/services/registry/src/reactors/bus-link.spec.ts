import { PortError } from '@tallystick/kernel';
import { createInMemoryEventBus } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startBusLink, type BusLink } from './bus-link.ts';

describe('a registry and topics that it cannot use', () => {
  let problem = 'too few partitions';
  const said: string[] = [];
  const silent = () => undefined;
  const error = (fields: object) => void said.push(JSON.stringify(fields));
  let link: BusLink;
  beforeEach(() => {
    vi.useFakeTimers();
    said.length = 0;
    const bus = createInMemoryEventBus({ partitions: 1 });
    bus.ensureTopics = () => Promise.reject(new PortError('misconfigured', problem));
    link = startBusLink({
      ...{ bus, readers: [], onReached: silent, beat: () => Promise.resolve() },
      logger: { info: silent, warn: silent, debug: silent, error },
    });
  });
  afterEach(async () => {
    await link.stop();
    vi.useRealTimers();
  });

  it('given the same problem, then it is said once a minute; given another, at once', async () => {
    await vi.advanceTimersByTimeAsync(50_000);
    expect(said).toEqual(['{"problem":"too few partitions"}']);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(said).toHaveLength(2);
    problem = 'the wrong policy';
    await vi.advanceTimersByTimeAsync(2_000);
    expect(said.slice(2)).toEqual(['{"problem":"the wrong policy"}']);
    expect(link.unfit()).toBe('the wrong policy');
  });
});

describe('a registry whose reader keeps its own place', () => {
  it('given that place is put back with the database, then it is opened anew and reads from there', async () => {
    const bus = createInMemoryEventBus({ partitions: 1 });
    const silent = () => undefined;
    const read: number[] = [];
    const kept = { next: 0, putBack: false };
    const topic = 'identity.presence.v1';
    const link = startBusLink({
      ...{ bus, onReached: silent, beat: () => Promise.resolve() },
      logger: { info: silent, warn: silent, debug: silent, error: silent },
      readers: [
        {
          ...{ group: 'own', topics: [topic], from: 'own' },
          onAssigned: async (gained) => {
            kept.putBack = false;
            return gained.map((one) => ({ ...one, offset: kept.next }));
          },
          onBatch: async ({ records }) => void read.push(...records.map(({ offset }) => offset)),
          putBack: async () => kept.putBack,
        },
      ],
    });
    try {
      await vi.waitFor(() => expect(link.connected()).toBe(true));
      const record = { topic, key: 'k', value: 'v', headers: {} };
      await link.publish([record, record, record]);
      await vi.waitFor(() => expect(read).toEqual([0, 1, 2]));
      Object.assign(kept, { next: 1, putBack: true });
      await vi.waitFor(() => expect(read).toEqual([0, 1, 2, 1, 2]), { timeout: 10_000 });
    } finally {
      await link.stop();
    }
  });
});
