import { deviceStream } from '@tallystick/contracts';
import { systemClock } from '@tallystick/services-edge';
import { createInMemoryEventStore, createSeededIds } from '@tallystick/test-kit';
import type { EventStore } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import type { Call } from '../http/call.ts';
import type { HandlerParts } from './handler.ts';
import { GetTimeline, GetTimelineHandler, TIMELINE_EVENTS } from './history.handlers.ts';

const name = { deviceId: 'd', productKey: 'p', deviceKey: 'k', generation: 1 };
const call = { tenant: 'default', actor: 'token:admin' } as Call;

describe('the timeline', () => {
  it('given a device with a long past, then it reads and shows the newest events alone', async () => {
    const store = createInMemoryEventStore();
    const ids = createSeededIds();
    const stream = deviceStream('default', 'p', 'k');
    const meta = { tenant: 'default', subject: 'd', actor: 'a', correlationId: 'c' };
    const events = Array.from({ length: TIMELINE_EVENTS + 300 }, (_, n) => ({
      ...{ id: ids.uuid(), schemaVersion: 1, time: n, data: name },
      type: n % 2 === 0 ? 'DeviceDisabled' : 'DeviceEnabled',
      meta: { ...meta, causationId: 'c' },
    }));
    await store.append([{ stream, expectedRevision: 0, events }]);
    const read: number[] = [];
    const parts: Partial<HandlerParts> = {
      clock: systemClock,
      views: {
        surely: (find: () => Promise<unknown>) => find(),
        findDevice: () => Promise.resolve(name),
        listTransitions: () => Promise.resolve([]),
      } as unknown as HandlerParts['views'],
      identity: {
        loading: { device: () => Promise.resolve({ stream, revision: events.length }) },
      } as unknown as HandlerParts['identity'],
      store: {
        readStream: async (...asked) => {
          const some = await store.readStream(...asked);
          read.push(some.length);
          return some;
        },
      } as Partial<EventStore> as EventStore,
    };
    const handler = new GetTimelineHandler(parts as HandlerParts);
    const { data } = await handler.execute(new GetTimeline(call, { deviceId: 'd' }));
    expect(read).toEqual([TIMELINE_EVENTS]);
    expect(data.map(({ position }) => position)).toEqual(
      events.slice(-TIMELINE_EVENTS).map((_, n) => n + 301),
    );
  });
});
