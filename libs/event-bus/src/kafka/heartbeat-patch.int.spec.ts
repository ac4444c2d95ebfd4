import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { byAge, newPrefix, openSpecBus, settingsFor } from './fixtures/kafka-spec-bus.ts';
import { kafkaClients } from './kafka-client.ts';

const BEATS = 3;

describe('a member of a group', () => {
  afterEach(() => void vi.useRealTimers());

  it('given its wall clock is set back by ten minutes, then it goes on saying that it lives', async () => {
    const brokers = inject('kafkaBrokers');
    const prefix = newPrefix();
    const bus = openSpecBus(brokers, prefix);
    await bus.ensureTopics([byAge('events')]);
    const consumer = kafkaClients(settingsFor(brokers, prefix))().kafka.consumer({
      ...{ groupId: `${prefix}member`, maxWaitTimeInMs: 50, heartbeatInterval: 100 },
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [`${prefix}events`], fromBeginning: true });
    const joined = Promise.withResolvers<void>();
    consumer.on(consumer.events.FETCH, () => joined.resolve());
    await consumer.run({ eachBatch: async () => {} });
    await joined.promise;
    let beats = 0;
    const beaten = Promise.withResolvers<void>();
    consumer.on(consumer.events.HEARTBEAT, () => {
      beats += 1;
      if (beats === BEATS) beaten.resolve();
    });

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 600_000 });
    const ticking = setInterval(() => void vi.setSystemTime(Date.now() + 50), 50);
    await beaten.promise;

    expect(beats).toBeGreaterThanOrEqual(BEATS);
    clearInterval(ticking);
    await Promise.all([consumer.disconnect(), bus.close()]);
  });
});
