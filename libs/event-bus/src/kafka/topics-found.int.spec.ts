import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { TopicSpec } from '@tallystick/ports';
import { newPrefix, openSpecBus } from './fixtures/kafka-spec-bus.ts';

const HISTORY: TopicSpec = {
  name: 'history',
  partitions: 'default',
  kept: { by: 'age', hours: null },
};
const LOGGED: TopicSpec = {
  name: 'logged',
  partitions: 1,
  kept: { by: 'age', hours: 1 },
  stampedBy: 'log',
};
const { TOPIC } = kafkajs.ConfigResourceTypes;

describe('topics that stand on a broker before the platform comes', () => {
  const kafka = new kafkajs.Kafka({
    brokers: inject('kafkaBrokers').split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  beforeAll(() => admin.connect());
  afterAll(() => admin.disconnect());

  const open = (prefix: string, said: string[] = [], replication = 1) =>
    openSpecBus(inject('kafkaBrokers'), prefix, {
      replication,
      log: (_, message, fields) => void said.push(`${message} ${JSON.stringify(fields)}`),
    });
  const make = async (
    topic: string,
    numPartitions: number,
    config: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const topics = [{ topic, numPartitions, replicationFactor: 1, configEntries }];
    await admin.createTopics({ waitForLeaders: false, topics });
    // A broker that is busy says for a moment that it has no such topic, and kafkajs gives up.
    await vi.waitFor(() => admin.fetchTopicMetadata({ topics: [topic] }), 30_000);
  };
  const configOf = async (name: string): Promise<ReadonlyMap<string, string>> => {
    const resources = [{ type: TOPIC, name }];
    const { resources: found } = await admin.describeConfigs({ includeSynonyms: false, resources });
    const entries = found[0]?.configEntries ?? [];
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  };

  it('given a topic that the broker created for an early reader, then the bus refuses it and leaves it as it is', async () => {
    const prefix = newPrefix();
    await make(`${prefix}history`, 1);
    const bus = open(prefix);
    await expect(bus.ensureTopics([HISTORY])).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining(`${prefix}history has 1 partitions and needs 3`) as string,
    });
    await bus.close();
  });

  it('given one that forgets by key where it must keep by age, then the bus refuses it', async () => {
    const prefix = newPrefix();
    await make(`${prefix}history`, 3, { 'cleanup.policy': 'compact' });
    const bus = open(prefix);
    await expect(bus.ensureTopics([HISTORY])).rejects.toMatchObject({ code: 'misconfigured' });
    await bus.close();
  });

  it('given one with a week of retention, then it is used, and the difference is said once', async () => {
    const prefix = newPrefix();
    await make(`${prefix}history`, 3, { 'retention.ms': '604800000' });
    const said: string[] = [];
    const bus = open(prefix, said);
    await bus.ensureTopics([HISTORY]);
    await bus.ensureTopics([HISTORY]);
    expect(said.filter((line) => line.includes('retention.ms=604800000, not -1'))).toHaveLength(1);
    expect(bus.partitions('history')).toBe(3);
    await bus.close();
  });

  it('given one of an earlier release, then the log stamps it from now on, and its own settings stay', async () => {
    const prefix = newPrefix();
    await make(`${prefix}logged`, 1, { 'retention.ms': '7200000' });
    const bus = open(prefix);
    await bus.ensureTopics([LOGGED]);
    const config = await configOf(`${prefix}logged`);
    expect(config.get('message.timestamp.type')).toBe('LogAppendTime');
    expect(config.get('retention.ms')).toBe('7200000');
    await bus.close();
  });

  it('given a topic that an earlier release kept for ever and this release keeps by key, then it is kept by key from now on', async () => {
    const prefix = newPrefix();
    await make(`${prefix}progress`, 1, { 'retention.ms': '-1' });
    const bus = open(prefix);
    const kept = { by: 'key', formerlyForEver: true } as const;
    await bus.ensureTopics([{ name: 'progress', partitions: 1, kept }]);
    expect((await configOf(`${prefix}progress`)).get('cleanup.policy')).toBe('compact');
    await bus.close();
  });

  it('given fewer brokers than copies asked for, then there are as many as brokers, and it is said', async () => {
    const said: string[] = [];
    const prefix = newPrefix();
    const bus = open(prefix, said, 3);
    await bus.ensureTopics([HISTORY]);
    expect(said.join()).toContain('TALLYSTICK_KAFKA_REPLICATION');
    expect((await configOf(`${prefix}history`)).get('min.insync.replicas')).toBe('1');
    await bus.close();
  });

  it('given a topic that the log stamps, then what is published tells how far this clock is off', async () => {
    const bus = open(newPrefix());
    await bus.ensureTopics([LOGGED, HISTORY]);
    const publisher = await bus.openPublisher();
    await publisher.publish([{ topic: 'history', key: 'a', value: 'x', headers: {} }]);
    const before = bus.clockErrorMs();
    await publisher.publish([{ topic: 'logged', key: 'a', value: 'x', headers: {} }]);
    expect(before).toBeNull();
    expect(Math.abs(bus.clockErrorMs() ?? Infinity)).toBeLessThan(5_000);
    await bus.close();
  });
});
