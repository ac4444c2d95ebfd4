import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { EventBus } from '@tallystick/ports';
import { kafkaClients } from './kafka-client.ts';
import {
  byAge,
  newPrefix,
  openSpecBus,
  settingsFor,
  textRecord,
} from './fixtures/kafka-spec-bus.ts';

const TOPIC = 'events';
const REFUSED = { code: 'unacceptable', retriable: false };
let prefix = '';
let bus: EventBus;

/** A broker that is set to take less than our own bound. */
beforeEach(async () => {
  prefix = newPrefix();
  const client = kafkaClients(settingsFor(inject('kafkaBrokers'), prefix))();
  const admin = client.kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: '5000' }];
  const topic = { topic: prefix + TOPIC, numPartitions: 1, replicationFactor: 1, configEntries };
  await admin.createTopics({ topics: [topic], waitForLeaders: true });
  await admin.disconnect();
  client.abandon();
  bus = openSpecBus(inject('kafkaBrokers'), prefix);
  await bus.ensureTopics([byAge(TOPIC)]);
});
afterEach(() => bus.close());

const record = (value: string) => textRecord(TOPIC, 'a', value);
const large = record('x'.repeat(6_000));

async function read(count: number): Promise<string[]> {
  const values: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string[]>();
  await bus.subscribe({
    ...{ topics: [TOPIC], group: 'spec', from: 'earliest' },
    onBatch: async ({ records }) => {
      values.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()));
      if (values.length >= count) resolve(values);
    },
  });
  return promise;
}

describe('a broker that refuses a record for its size', () => {
  it('fails the call that holds it and no other, though they went together', async () => {
    const publisher = await bus.openPublisher();
    const outcomes = await Promise.allSettled(
      [record('before'), large, record('behind')].map((one) => publisher.publish([one])),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: REFUSED });
    await publisher.publish([record('later')]);
    expect(await read(3)).toEqual(['before', 'behind', 'later']);
  });

  it('fails the commit that holds it as unacceptable; the id opened anew goes on', async () => {
    const writer = await bus.openFencedWriter('writer');
    await writer.commit({ records: [record('1')], progress: 1 });
    await expect(writer.commit({ records: [large], progress: 2 })).rejects.toMatchObject(REFUSED);
    await writer.close();
    const again = await bus.openFencedWriter('writer');
    expect(await again.progress()).toBe(1);
    await again.commit({ records: [record('2')], progress: 2 });
    await again.close();
    expect(await read(2)).toEqual(['1', '2']);
  });
});
