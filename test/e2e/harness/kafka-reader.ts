import { Kafka, logLevel, type Consumer, type IHeaders } from 'kafkajs';
import { until } from '../../stack/processes.ts';

export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Another team's application: reads committed records of one topic from the beginning. */
export interface KafkaReader {
  readonly records: readonly ReadRecord[];
  /** Waits until the condition holds over what was read. */
  until(
    what: string,
    condition: (records: readonly ReadRecord[]) => boolean,
    deadlineMs?: number,
  ): Promise<void>;
  stop(): Promise<void>;
}

function texts(headers: IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, String(value ?? '')]),
  );
}

export async function readTopic(brokers: string, topic: string): Promise<KafkaReader> {
  const kafka = new Kafka({
    brokers: brokers.split(','),
    clientId: 'downstream',
    logLevel: logLevel.NOTHING,
  });
  const consumer: Consumer = kafka.consumer({
    groupId: `downstream-${crypto.randomUUID()}`,
    maxWaitTimeInMs: 100,
  });
  const records: ReadRecord[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      records.push({
        topic,
        partition,
        offset: message.offset,
        key: message.key?.toString() ?? null,
        value: message.value?.toString() ?? null,
        headers: texts(message.headers),
      });
    },
  });
  return {
    records,
    until: (what, condition, deadlineMs = 60_000) =>
      until(what, deadlineMs, () => condition(records)),
    stop: () => consumer.disconnect(),
  };
}

/** The event's name in a record, e.g. DeviceRegistered. */
export function eventName(record: ReadRecord): string {
  return /^tallystick\.(.+)\.v\d+$/.exec(record.headers['ce_type'] ?? '')?.[1] ?? '';
}
