import { Kafka, logLevel } from 'kafkajs';
// Unpatched, an idle kafkajs arms 2,500 timers a second beside whatever is being measured.
import { patchRequestQueue } from '../../../libs/event-bus/src/kafka/request-queue-patch.ts';

patchRequestQueue();

/** kafkajs as it comes, but for its timers. */
export function bareKafka(brokers: string): Kafka {
  return new Kafka({
    ...{ brokers: brokers.split(','), clientId: 'bench', logLevel: logLevel.NOTHING },
    retry: { initialRetryTime: 20 },
  });
}
