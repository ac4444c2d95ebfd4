// Bare kafkajs: an idempotent producer, one send at a time, with nothing to read, fold, seal or
// commit. It must not load @tallystick/event-bus, which patches kafkajs for its whole process.
import type { Message, TopicMessages } from 'kafkajs';
import { answerQuestions } from '../parts/answer.ts';
import { bareKafka } from '../parts/bare-kafka.ts';
import type { PeerAnswer, PeerQuestion, SentRecord } from './relay.types.ts';

function toMessage({ key, value, headers, partition }: SentRecord): Message {
  return {
    key,
    value: value === null ? null : Buffer.from(value, 'base64'),
    headers,
    ...(partition === null ? {} : { partition }),
  };
}

function toTopicMessages(prefix: string, batch: readonly SentRecord[]): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const record of batch) {
    const messages = topics.get(record.topic) ?? [];
    topics.set(record.topic, messages);
    messages.push(toMessage(record));
  }
  return [...topics].map(([topic, messages]) => ({ topic: `${prefix}${topic}`, messages }));
}

async function run({ brokers, prefix, batches, batch }: PeerQuestion): Promise<PeerAnswer> {
  const producer = bareKafka(brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const topicMessages = toTopicMessages(prefix, batch);
  // One send that is not measured: it asks for metadata and connects to the partitions' leader.
  await producer.sendBatch({ topicMessages, acks: -1 });
  const start = performance.now();
  for (let sent = 0; sent < batches; sent += 1)
    await producer.sendBatch({ topicMessages, acks: -1 });
  const seconds = (performance.now() - start) / 1000;
  await producer.disconnect();
  return { records: batches * batch.length, seconds };
}

answerQuestions(run);
