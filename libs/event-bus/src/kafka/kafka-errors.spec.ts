import kafkajs from 'kafkajs';
import { expect, it } from 'vitest';
import { isPassing } from './kafka-errors.ts';

/** As kafkajs's listTopics and describeCluster do it. */
function stumble(answer: { readonly topicMetadata: readonly unknown[] } | null): unknown {
  try {
    const { topicMetadata } = answer as { topicMetadata: readonly unknown[] };
    return topicMetadata;
  } catch (error) {
    return error;
  }
}

it('given kafkajs lost an answer about all topics because one of them is being created, then a second request gets it', () => {
  expect(isPassing(stumble(null))).toBe(true);
});

it('a leader that is being chosen passes; what is wrong with the request does not', () => {
  const answered = (type: string, retriable: boolean): Error =>
    new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, retriable }));
  expect(isPassing(answered('LEADER_NOT_AVAILABLE', true))).toBe(true);
  expect(isPassing(answered('INVALID_CONFIG', false))).toBe(false);
  expect(isPassing(new TypeError('work is not a function'))).toBe(false);
});
