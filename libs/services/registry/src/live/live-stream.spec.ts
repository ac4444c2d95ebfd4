import { encodeJson, TOPIC_DEFINITIONS, toCloudEventHeaders, TOPICS } from '@tallystick/contracts';
import type { BusRecord, EventBus } from '@tallystick/ports';
import { createInMemoryEventBus, createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveStreams, type LiveSink, type LiveStreams } from './live-stream.ts';

function event(position: number, tenant = 'default'): BusRecord {
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
  return { topic: TOPICS.events, key, value: encodeJson({ position }), headers };
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
  drained(): Promise<boolean> {
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
    return [...this.text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
  }
}

describe('the live stream', () => {
  let bus: EventBus;
  let streams: LiveStreams;
  let reached = true;
  const publish = async (...records: readonly BusRecord[]): Promise<void> => {
    const publisher = await bus.openPublisher();
    await publisher.publish(records);
  };
  const open = async (from: 'earliest' | 'latest' | number, sink = new RecordingSink()) => {
    await streams.open({ tenant: 'default', topic: TOPICS.events, from }, () => sink);
    return sink;
  };

  beforeEach(async () => {
    bus = createInMemoryEventBus();
    await bus.ensureTopics(TOPIC_DEFINITIONS);
    reached = true;
    streams = createLiveStreams(bus, createSeededIds(), () => reached);
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

  it('given a reader that takes nothing, then it is dropped', async () => {
    const sink = new RecordingSink();
    sink.full = true;
    sink.takesMore = false;
    await publish(event(1), event(2));
    await open('earliest', sink);
    await vi.waitFor(() => expect(sink.ended).toBe(true));
    expect(sink.positions).toEqual([1]);
  });

  it('given too many readers, then the next is refused; one that hangs up makes room', async () => {
    const sinks: RecordingSink[] = [];
    for (let n = 0; n < 64; n += 1) sinks.push(await open('latest'));
    await expect(open('latest')).rejects.toMatchObject({ code: 'too-many-requests' });
    sinks[0]?.hangUp();
    await open('latest');
  });

  it('given the end of the service, then every reader is ended', async () => {
    const sink = await open('latest');
    await streams.stop();
    expect(sink.ended).toBe(true);
  });
});
