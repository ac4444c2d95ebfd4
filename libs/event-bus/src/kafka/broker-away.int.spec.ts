import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPortError } from '@tallystick/kernel';
import type { BusPublisher, BusRecord, EventBus, SubscribeOptions } from '@tallystick/ports';
import { BatchRecorder } from '@tallystick/test-kit';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { FlakyNetwork } from './fixtures/flaky-network.ts';
import { byAge, newPrefix, openSpecBus, textRecord } from './fixtures/kafka-spec-bus.ts';

const GIVE_UP_MS = 40_000;

/** What test/stack gives: a broker of one's own that can be killed. */
interface OwnBroker {
  readonly address: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}
type StartBroker = (folder: string) => Promise<OwnBroker>;

async function startOwnBroker(folder: string): Promise<OwnBroker> {
  const stack = new URL('../../../../test/stack/kafka-broker.ts', import.meta.url).href;
  const { startKafkaBroker } = (await import(stack)) as { startKafkaBroker: StartBroker };
  return startKafkaBroker(folder);
}

/** As the port has it: a publish that failed may be tried again. */
async function published(publisher: BusPublisher, record: BusRecord): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;)
    try {
      return await publisher.publish([record]);
    } catch (error) {
      if (!isPortError(error) || !error.retriable || Date.now() > deadline) throw error;
    }
}

const valuesOf = (seen: BatchRecorder): string[] => [...new Set(seen.values.map(String))];

describe('a broker that is away', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function given(brokers: string, network?: FlakyNetwork): Promise<EventBus> {
    const more = network === undefined ? {} : { connect: network.connect };
    const bus = openSpecBus(brokers, newPrefix(), { ...more, sendTimeoutMs: 5000 });
    closing.push(() => bus.close());
    await bus.ensureTopics([byAge('events')]);
    return bus;
  }

  async function reading(bus: EventBus, from: SubscribeOptions['from']): Promise<BatchRecorder> {
    const seen = new BatchRecorder();
    const subscription = await bus.subscribe({
      topics: ['events'],
      group: `reader-${from}`,
      from,
      onBatch: seen.onBatch,
    });
    await subscription.ready;
    return seen;
  }

  it('is told to publishers and waited out by readers, who miss nothing and, where they count themselves, repeat nothing', async () => {
    const network = new FlakyNetwork();
    const bus = await given(inject('kafkaBrokers'), network);
    const publisher = await bus.openPublisher();
    const [committed, earliest] = [await reading(bus, 'committed'), await reading(bus, 'earliest')];
    await publisher.publish([textRecord('events', 'a', '1')]);
    await Promise.all([committed.untilValue('1'), earliest.untilValue('1')]);

    network.goAway();
    const refused = publisher.publish([textRecord('events', 'a', 'never')]);
    await expect(refused).rejects.toMatchObject({ retriable: true });
    network.comeBack();
    await published(publisher, textRecord('events', 'a', '2'));
    await Promise.all([committed.untilValue('2'), earliest.untilValue('2')]);

    expect(valuesOf(committed)).toEqual(['1', '2']);
    expect(earliest.values).toEqual(['1', '2']);
  });

  it('ends a fenced writer, and the next holder reads which batches stand', async () => {
    const network = new FlakyNetwork();
    const bus = await given(inject('kafkaBrokers'), network);
    const writer = await bus.openFencedWriter('writer');
    await writer.commit({ records: [textRecord('events', 'a', '1')], progress: 1 });

    network.goAway();
    const lost = writer.commit({ records: [textRecord('events', 'a', 'lost')], progress: 2 });
    await expect(lost).rejects.toMatchObject({ retriable: true });
    await expect(bus.openFencedWriter('writer')).rejects.toMatchObject({ retriable: true });
    network.comeBack();
    await expect(writer.commit({ records: [] })).rejects.toMatchObject({ retriable: true });
    const next = await bus.openFencedWriter('writer');
    const progress = await next.progress();
    await next.commit({ records: [textRecord('events', 'a', '2')], progress: 3 });
    const seen = await reading(bus, 'earliest');
    await seen.untilValue('2');

    expect(progress).toBe(1);
    expect(seen.values).toEqual(['1', '2']);
  });

  it('may be away when a reader begins', async () => {
    const network = new FlakyNetwork();
    const bus = await given(inject('kafkaBrokers'), network);
    network.goAway();
    const publisher = await bus.openPublisher();
    const seen = new BatchRecorder();
    const subscription = await bus.subscribe({
      topics: ['events'],
      group: 'early',
      from: 'earliest',
      onBatch: seen.onBatch,
    });

    network.comeBack();
    await subscription.ready;
    await published(publisher, textRecord('events', 'a', '1'));
    await seen.untilValue('1');

    expect(seen.values).toEqual(['1']);
  });

  it('may be away when a process begins that knows the topics from before', async () => {
    const network = new FlakyNetwork();
    const prefix = newPrefix();
    const before = openSpecBus(inject('kafkaBrokers'), prefix);
    await before.ensureTopics([byAge('events')]);
    const partitions = before.partitions('events');
    await before.close();
    network.goAway();
    const bus = openSpecBus(inject('kafkaBrokers'), prefix, { connect: network.connect });
    closing.push(() => bus.close());

    bus.assumeTopics([{ ...byAge('events'), partitions }]);
    const publisher = await bus.openPublisher();
    const seen = new BatchRecorder();
    await bus.subscribe({
      ...{ topics: ['events'], group: 'warm', from: 'earliest' },
      onBatch: seen.onBatch,
    });
    expect(bus.partitions('events')).toBe(partitions);
    network.comeBack();
    await published(publisher, textRecord('events', 'a', '1'));
    await seen.untilValue('1');

    expect(seen.values).toEqual(['1']);
  });

  it('may be killed and started again: all go on by themselves, and what was acknowledged is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tallystick-broker-'));
    const broker = await startOwnBroker(join(folder, 'kafka'));
    closing.push(async () => {
      await broker.stop();
      await rm(folder, { recursive: true, force: true });
    });
    const bus = await given(broker.address);
    const publisher = await bus.openPublisher();
    const writer = await bus.openFencedWriter('writer');
    const [committed, earliest] = [await reading(bus, 'committed'), await reading(bus, 'earliest')];
    await publisher.publish([textRecord('events', 'a', '1')]);
    await writer.commit({ records: [textRecord('events', 'a', '2')], progress: 2 });
    await Promise.all([committed.untilValue('2'), earliest.untilValue('2')]);

    await broker.kill();
    await expect(writer.commit({ records: [], progress: 3 })).rejects.toMatchObject({
      retriable: true,
    });
    await broker.restart();
    await published(publisher, textRecord('events', 'a', '3'));
    const next = await bus.openFencedWriter('writer');
    await next.commit({ records: [textRecord('events', 'a', '4')], progress: 4 });
    await Promise.all([committed.untilValue('4'), earliest.untilValue('4')]);

    expect(valuesOf(committed)).toEqual(['1', '2', '3', '4']);
    expect(valuesOf(earliest)).toEqual(['1', '2', '3', '4']);
  });
});
