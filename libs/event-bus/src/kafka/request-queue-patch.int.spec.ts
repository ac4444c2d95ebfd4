import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { byAge, newPrefix, openSpecBus, settingsFor } from './fixtures/kafka-spec-bus.ts';
import { kafkaClients } from './kafka-client.ts';

const ROUNDS = 15;

describe('kafkajs, patched', () => {
  afterEach(() => vi.restoreAllMocks());

  it('sets no storm of timers while a producer and a consumer are idle, and none of a negative delay', async () => {
    const brokers = inject('kafkaBrokers');
    const prefix = newPrefix();
    const bus = openSpecBus(brokers, prefix);
    await bus.ensureTopics([byAge('events')]);
    const clients = kafkaClients(settingsFor(brokers, prefix));
    const producer = clients().kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    const consumer = clients().kafka.consumer({ groupId: `${prefix}idle`, maxWaitTimeInMs: 50 });
    await producer.connect();
    await producer.send({ topic: `${prefix}events`, messages: [{ value: 'one' }] });
    await consumer.connect();
    await consumer.subscribe({ topics: [`${prefix}events`], fromBeginning: true });
    const timers = vi.spyOn(globalThis, 'setTimeout');
    let rounds = 0;
    let before = 0;
    const idle = new Promise<void>((resolve) => {
      consumer.on(consumer.events.FETCH, () => {
        rounds += 1;
        if (rounds === 5) before = timers.mock.calls.length;
        if (rounds === 5 + ROUNDS) resolve();
      });
    });

    await consumer.run({ eachBatch: async () => {} });
    await idle;
    const delays = timers.mock.calls.slice(before).map(([, delay]) => Number(delay));

    // Unpatched there are more than a hundred a round.
    expect(delays.length).toBeLessThan(ROUNDS * 3);
    expect(delays.filter((delay) => delay < 0)).toEqual([]);
    await Promise.all([consumer.disconnect(), producer.disconnect(), bus.close()]);
  });
});
