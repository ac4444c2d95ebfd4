import type { EventBus, PartitionId, SubscribeOptions } from '@tallystick/ports';
import { BatchRecorder } from '@tallystick/test-kit';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { FlakyNetwork } from './fixtures/flaky-network.ts';
import { byAge, newPrefix, openSpecBus, textRecord } from './fixtures/kafka-spec-bus.ts';
import type { KafkaBusSettings } from './kafka-settings.ts';

describe('a reader on Kafka', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function given(partitions: number, more: Partial<KafkaBusSettings> = {}) {
    const bus = openSpecBus(inject('kafkaBrokers'), newPrefix(), more);
    closing.push(() => bus.close());
    await bus.ensureTopics([byAge('events', partitions)]);
    return bus;
  }

  async function subscribe(bus: EventBus, seen: BatchRecorder, more: Partial<SubscribeOptions>) {
    const { onBatch } = seen;
    return bus.subscribe({ topics: ['events'], group: 'group', from: 'own', onBatch, ...more });
  }

  it('loses and gains its partitions again when the group gives it another member id, and begins where it then says', async () => {
    const network = new FlakyNetwork();
    const bus = await given(1, { connect: network.connect });
    const publisher = await bus.openPublisher();
    await publisher.publish([textRecord('events', 'a', '0'), textRecord('events', 'a', '1')]);
    const told: string[] = [];
    const names = (ids: readonly PartitionId[]): string => ids.map((id) => id.partition).join();
    const seen = new BatchRecorder();
    const subscription = await subscribe(bus, seen, {
      onAssigned: async (gained) => {
        told.push(`gained ${names(gained)}`);
        return [{ topic: 'events', partition: 0, offset: 1 }];
      },
      onRevoked: async (lost) => void told.push(`lost ${names(lost)}`),
    });
    await subscription.ready;
    await seen.untilCount(1);

    network.goAway();
    await expect(publisher.publish([textRecord('events', 'a', 'x')])).rejects.toThrow();
    network.comeBack();
    await seen.untilCount(2);

    expect(seen.values).toEqual(['1', '1']);
    expect(told).toEqual(['gained 0', 'lost 0', 'gained 0']);
  });

  it('tries again when it could not take its partitions up', async () => {
    const bus = await given(1);
    await (await bus.openPublisher()).publish([textRecord('events', 'a', '0')]);
    let tries = 0;
    const seen = new BatchRecorder();
    await subscribe(bus, seen, {
      onAssigned: async () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
        return [];
      },
    });
    await seen.untilCount(1);

    expect(tries).toBe(3);
  });

  it('is handed batches of several partitions at the same time when it asks for it', async () => {
    const bus = await given(3);
    const records = [0, 1, 2].map((partition) => ({
      ...textRecord('events', 'a', String(partition)),
      partition,
    }));
    await (await bus.openPublisher()).publish(records);
    const seen = new BatchRecorder();
    const together = Promise.withResolvers<void>();
    seen.react = async () => {
      if (new Set(seen.batches.map(({ partition }) => partition)).size === 3) together.resolve();
      await together.promise;
    };

    await subscribe(bus, seen, { concurrentPartitions: 3 });
    await together.promise;

    expect(seen.values.toSorted()).toEqual(['0', '1', '2']);
  });

  it('says so when it cannot work: its group divides partitions in another way', async () => {
    const bus = await given(1);
    const first = await subscribe(bus, new BatchRecorder(), {});
    await first.ready;
    const failed = Promise.withResolvers<Error>();

    const second = await subscribe(bus, new BatchRecorder(), {
      coPartitioned: true,
      onFailed: (error) => failed.resolve(error),
    });

    expect(await failed.promise).toMatchObject({ code: 'misconfigured' });
    await expect(second.ready).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('is told that it was closed before it could begin', async () => {
    const network = new FlakyNetwork();
    const bus = await given(1, { connect: network.connect });
    network.goAway();
    const subscription = await subscribe(bus, new BatchRecorder(), {});

    await subscription.close();

    await expect(subscription.ready).rejects.toMatchObject({ code: 'closed' });
  });
});
