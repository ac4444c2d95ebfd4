import { randomUUID } from 'node:crypto';
import { bareKafka } from '../parts/bare-kafka.ts';

/** Another team's reader of presence: when it saw each device come online. */
export interface PresenceReader {
  /**
   * performance.now() of the first DeviceOnline of a device that was read since the last call of
   * `forget`.
   */
  seenOnline(deviceKey: string): number | undefined;
  forget(): void;
  stop(): Promise<void>;
}

const ONLINE = 'tallystick.DeviceOnline.v1';

/** Reads committed records. Resolves when every partition is being read. */
export async function openPresenceReader(brokers: string, topic: string): Promise<PresenceReader> {
  const consumer = bareKafka(brokers).consumer({
    groupId: `bench-${randomUUID()}`,
    maxWaitTimeInMs: 500,
  });
  const seen = new Map<string, number>();
  const reading = new Promise<void>((resolve) =>
    consumer.on(consumer.events.FETCH, () => resolve()),
  );
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      if (String(message.headers?.['ce_type']) !== ONLINE) return;
      const deviceKey = message.key?.toString().split('/').at(-1) ?? '';
      if (!seen.has(deviceKey)) seen.set(deviceKey, performance.now());
    },
  });
  await reading;
  return {
    seenOnline: (deviceKey) => seen.get(deviceKey),
    forget: () => seen.clear(),
    stop: () => consumer.disconnect(),
  };
}
