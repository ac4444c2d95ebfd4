import { encodeJson, TOPIC_DEFINITIONS, toCloudEventHeaders, TOPICS } from '@tallystick/contracts';
import type { BusRecord, EventBus } from '@tallystick/ports';
import { systemClock } from '@tallystick/services-edge';
import { createInMemoryEventBus, createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseLastEventId } from './last-event-id.ts';
import { createLiveStreams, type LiveSink, type LiveStreams } from './live-stream.ts';

type From = 'earliest' | 'latest' | number;

function event(position: number, tenant = 'default', partition = 0): BusRecord {
  const headers = toCloudEventHeaders({
    app: 'registry',
    id: `e${position}`,
    type: 'DeviceDisabled',
    schemaVersion: 1,
    time: 0,
    tenant,
    subject: 'd',
    actor: 'a',
    correlationId: 'c',
    causationId: 'c',
    place: { in: 'stream', stream: 's', revision: 1, position },
  });
  const key = `${tenant}/p/k`;
  return { topic: TOPICS.events, key, value: encodeJson({ position }), headers, partition };
}

class RecordingSink implements LiveSink {
  text = '';
  ended = false;
  full = false;
  takesMore = true;
  readonly #listeners: (() => void)[] = [];
  write(text: string): boolean {
    this.text += text;
    return !this.full;
  }
  waits: number[] = [];
  drained(timeoutMs: number): Promise<boolean> {
    this.waits.push(timeoutMs);
    return Promise.resolve(this.takesMore);
  }
  end(): void {
    this.ended = true;
  }
  onClosed(listener: () => void): void {
    this.#listeners.push(listener);
  }
  hangUp(): void {
    for (const listener of this.#listeners) listener();
  }
  get positions(): readonly number[] {
    return [...this.text.matchAll(/"globalposition":"(\d+)"/g)].map((match) => Number(match[1]));
  }
  get ids(): readonly string[] {
    return [...this.text.matchAll(/^id: (.+)$/gm)].map((match) => match[1] ?? '');
  }
}

describe('the live stream', () => {
  let bus: EventBus;
  let streams: LiveStreams;
  let reached = true;
  let head = 100;
  const publish = async (...records: readonly BusRecord[]): Promise<void> => {
    const publisher = await bus.openPublisher();
    await publisher.publish(records);
  };
  const open = async (
    from: From,
    sink = new RecordingSink(),
    { topic = TOPICS.events as string, lastEventId = '', tenant = 'default' } = {},
  ) => {
    const leftOff = parseLastEventId(lastEventId);
    await streams.open({ tenant, topic, from, leftOff }, () => sink);
    return sink;
  };
  const resume = (from: From, lastEventId: string | undefined) =>
    open(from, new RecordingSink(), { lastEventId: lastEventId ?? 'none' });
  const startOn = async (partitions: number): Promise<void> => {
    bus = createInMemoryEventBus({ partitions });
    await bus.ensureTopics(TOPIC_DEFINITIONS);
    const ids = createSeededIds();
    streams = createLiveStreams({
      ...{ bus, ids, clock: systemClock, reached: () => reached },
      head: () => Promise.resolve(head),
    });
  };

  beforeEach(async () => {
    reached = true;
    head = 100;
    await startOn(1);
  });
  afterEach(async () => {
    await streams.stop();
    await bus.close();
  });

  it('given earliest, then all there was and what comes, one CloudEvent in structured JSON each', async () => {
    await publish(event(1), event(2));
    const sink = await open('earliest');
    await publish(event(3));
    await vi.waitFor(() => expect(sink.positions).toEqual([1, 2, 3]));
    const data = /^data: (.*)$/m.exec(sink.text)?.[1] ?? '';
    expect(JSON.parse(data)).toMatchObject({
      specversion: '1.0',
      type: 'tallystick.DeviceDisabled.v1',
      globalposition: '1',
      data: { position: 1 },
    });
  });

  it('given latest, then only what comes; given a position, then from there', async () => {
    await publish(event(1), event(2));
    const latest = await open('latest');
    const from = await open(2);
    await publish(event(3));
    await vi.waitFor(() => expect(latest.positions).toEqual([3]));
    await vi.waitFor(() => expect(from.positions).toEqual([2, 3]));
  });

  it('given a position beyond the end of the store, then position-unknown, and no stream', async () => {
    head = 2;
    const accepted: unknown[] = [];
    for (const beyond of [{ from: 3 }, { from: 'latest', lastEventId: '3' }] as const) {
      const { from, lastEventId = '' } = { lastEventId: '', ...beyond };
      const question = { tenant: 'default', topic: TOPICS.events, from };
      const leftOff = parseLastEventId(lastEventId);
      const opened = streams.open({ ...question, leftOff }, () => {
        accepted.push(beyond);
        return new RecordingSink();
      });
      await expect(opened).rejects.toMatchObject({ code: 'position-unknown' });
    }
    expect(accepted).toEqual([]);
    await open(2);
    await open(3, new RecordingSink(), { lastEventId: '2' });
  });

  it('given one partition, then an id is a position, and a reader that names it goes on after it', async () => {
    await publish(event(1), event(2));
    const before = await open('earliest');
    await vi.waitFor(() => expect(before.ids).toEqual(['1', '2']));
    const after = await resume('latest', '1');
    await publish(event(3));
    await vi.waitFor(() => expect(after.positions).toEqual([2, 3]));
  });

  it('given several partitions, then a reader that returns gets older events that arrived late, and none twice', async () => {
    await startOn(3);
    await publish(event(1, 'default', 0), event(4, 'default', 1));
    const before = await open('earliest');
    await vi.waitFor(() => expect(before.positions).toEqual([1, 4]));
    const seen = before.ids.at(-1);
    await publish(event(2, 'default', 2), event(3, 'default', 0), event(5, 'default', 1));
    const after = await resume('earliest', seen);
    await vi.waitFor(() => expect(after.positions.toSorted()).toEqual([2, 3, 5]));
    const last = await resume('earliest', after.ids.at(-1));
    await publish(event(6, 'default', 2));
    await vi.waitFor(() => expect(last.positions).toEqual([6]));
  });

  it('given a reader of latest that returns, then it gets what a silent partition received meanwhile, and nothing older', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 });
    await startOn(2);
    await publish(event(1, 'default', 1));
    vi.setSystemTime(2_000);
    const before = await open('latest');
    await publish(event(2, 'default', 0));
    await vi.waitFor(() => expect(before.positions).toEqual([2]));
    const seen = before.ids.at(-1);
    await publish(event(3, 'default', 1));
    const after = await resume('latest', seen);
    await vi.waitFor(() => expect(after.positions).toEqual([3]));
    vi.useRealTimers();
  });

  it('given events without a position, then a reader goes on after them as well', async () => {
    const topic = TOPICS.presence;
    const online = (id: string): BusRecord => {
      const known = Object.entries(event(1).headers);
      const headers = Object.fromEntries(known.filter(([name]) => name !== 'ce_globalposition'));
      return { ...event(1), topic, headers: { ...headers, ce_id: id, ce_epoch: '1' } };
    };
    await publish(online('a'), online('b'));
    const before = await open('earliest', new RecordingSink(), { topic });
    await vi.waitFor(() => expect(before.ids).toHaveLength(2));
    const [lastEventId = ''] = before.ids;
    const after = await open('latest', new RecordingSink(), { topic, lastEventId });
    await vi.waitFor(() => expect(after.text).toContain('"id":"b"'));
    expect(after.text).not.toContain('"id":"a"');
  });

  it.each(['x', '-1', '1/2', '1/2/', '1/2/3', '1/2/0-x', '1/2/0-1,', '1'.repeat(16)])(
    'given %s as the last event, then it is refused',
    (lastEventId) => {
      expect(() => parseLastEventId(lastEventId)).toThrow(/Last-Event-ID/);
    },
  );

  it("given another tenant's events, then they are not shown", async () => {
    await publish(event(1, 'acme'), event(2));
    const sink = await open('earliest');
    await vi.waitFor(() => expect(sink.positions).toEqual([2]));
  });

  it('given a bus that has not been reached, then it is refused before the client is answered', async () => {
    reached = false;
    const sink = new RecordingSink();
    await expect(open('earliest', sink)).rejects.toMatchObject({ code: 'bus-unavailable' });
    expect(sink.text).toBe('');
  });

  it('given a reader that takes nothing for some seconds, then it is dropped, and goes on where it was', async () => {
    const sink = new RecordingSink();
    sink.full = true;
    sink.takesMore = false;
    await publish(event(1), event(2));
    await open('earliest', sink);
    await vi.waitFor(() => expect(sink.ended).toBe(true));
    expect(sink.positions).toEqual([1]);
    expect(sink.waits).toEqual([5_000]);
    const again = await resume('earliest', sink.ids.at(-1));
    await vi.waitFor(() => expect(again.positions).toEqual([2]));
  });

  it('given a slow reader that still reads, then it keeps its place in its group', async () => {
    const beats: number[] = [];
    const { subscribe } = bus;
    bus.subscribe = (options) =>
      subscribe.call(bus, {
        ...options,
        onBatch: (batch) =>
          options.onBatch({ ...batch, heartbeat: async () => void beats.push(sink.waits.length) }),
      });
    const sink = new RecordingSink();
    sink.full = true;
    await publish(event(1), event(2), event(3));
    await open('earliest', sink);
    await vi.waitFor(() => expect(sink.positions).toEqual([1, 2, 3]));
    expect(beats.slice(0, 3)).toEqual([1, 2, 3]);
  });

  it('given a reader that reads nothing while no event comes, then it is dropped too, and nothing more is written', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const sink = await open('latest');
    sink.full = true;
    sink.takesMore = false;
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(sink.ended).toBe(true));
    expect(sink.text).toBe(': ready\n\n: alive\n\n');
  });

  it('given too many readers, then the next is refused; one that hangs up makes room', async () => {
    const openOf = (tenant: string) => open('latest', new RecordingSink(), { tenant });
    const sinks: RecordingSink[] = [];
    for (let n = 0; n < 48; n += 1) sinks.push(await openOf('default'));
    await expect(openOf('default')).rejects.toMatchObject({ code: 'too-many-requests' });
    for (let n = 48; n < 64; n += 1) sinks.push(await openOf('north'));
    await expect(openOf('north')).rejects.toMatchObject({ code: 'too-many-requests' });
    sinks[0]?.hangUp();
    await openOf('north');
  });

  it('given all come at once, then no more than there is room for', async () => {
    const opened = await Promise.allSettled(Array.from({ length: 60 }, () => open('latest')));
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(48);
  });

  it('given the end of the service, then every reader is ended', async () => {
    const sink = await open('latest');
    await streams.stop();
    expect(sink.ended).toBe(true);
  });
});
