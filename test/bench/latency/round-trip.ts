import { randomBytes, randomUUID } from 'node:crypto';
import type { Consumer, Producer } from 'kafkajs';
import { until } from '../../stack/processes.ts';
import { bareKafka } from '../parts/bare-kafka.ts';

/**
 * The floor of every figure that goes over Kafka: bare kafkajs sends one record and reads it back.
 */
export interface RoundTrip {
  /** Milliseconds from the send to the record's arrival at a reader of committed records. */
  measure(): Promise<number>;
  stop(): Promise<void>;
}

type Send = (value: string) => Promise<void>;

function idempotent(producer: Producer, topic: string): Send {
  return async (value) => void (await producer.send({ topic, acks: -1, messages: [{ value }] }));
}

function transactional(producer: Producer, topic: string): Send {
  return async (value) => {
    const transaction = await producer.transaction();
    await transaction.send({ topic, acks: -1, messages: [{ value }] });
    await transaction.commit();
  };
}

/** Resolves for each value when it has been read. */
async function readBack(consumer: Consumer, topic: string) {
  const waiting = new Map<string, () => void>();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => waiting.get(message.value?.toString() ?? '')?.(),
  });
  return (value: string): Promise<void> =>
    new Promise((resolve) => waiting.set(value, () => resolve()));
}

export async function openRoundTrip(
  brokers: string,
  kind: 'idempotent' | 'transactional',
): Promise<RoundTrip> {
  const kafka = bareKafka(brokers);
  const topic = `bench-floor-${randomBytes(4).toString('hex')}`;
  const admin = kafka.admin();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer({
    ...{ idempotent: true, maxInFlightRequests: 1 },
    ...(kind === 'transactional' ? { transactionalId: topic } : {}),
  });
  await producer.connect();
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 500 });
  const arrival = await readBack(consumer, topic);
  const send =
    kind === 'transactional' ? transactional(producer, topic) : idempotent(producer, topic);
  const measure = async (): Promise<number> => {
    const value = randomUUID();
    const arrived = arrival(value);
    const start = performance.now();
    const sent = send(value);
    await arrived;
    const ms = performance.now() - start;
    await sent;
    return ms;
  };
  // Until the group has its partition the first arrives late.
  await until('the floor reads what it writes', 60_000, async () => (await measure()) < 1_000);
  return {
    measure,
    stop: async () => {
      await consumer.disconnect();
      await producer.disconnect();
    },
  };
}
