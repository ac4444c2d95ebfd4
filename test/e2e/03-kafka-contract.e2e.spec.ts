import { CloudEvent, HTTP, Kafka as CloudEventsKafka } from 'cloudevents';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { runToEnd, until } from '../stack/processes.ts';
import { stoppedFor } from './harness/app-process.ts';
import { commandMissing } from './harness/commands.ts';
import { givenPlatform } from './harness/given.ts';
import { eventName, readTopic, type ReadRecord } from './harness/kafka-reader.ts';

describe('step 3: what other teams read on Kafka', () => {
  const platform = givenPlatform({
    registries: 2,
    gateways: 0,
    trackers: 0,
  });
  beforeAll(async () => {
    const product = await platform.api('POST', '/products', { productKey: 'meter', name: 'Meter' });
    expect(product.status).toBe(201);
  });

  it('shows DeviceRegistered to kcat and to the CloudEvents SDK, without a secret', async (context) => {
    const missing = commandMissing('kcat', 'kcat');
    if (missing) return context.skip(missing);
    // Given a device
    const device = await platform.api('POST', '/devices', {
      productKey: 'meter',
      deviceKey: 'm-1',
      tags: { site: 'north' },
    });
    expect(device.status).toBe(201);
    const secret = String(device.body['deviceSecret']);
    const reader = await readTopic(inject('kafkaBrokers'), platform.topic('identity.events.v1'));
    await reader.until('DeviceRegistered is there', (all) =>
      all.some((record) => eventName(record) === 'DeviceRegistered'),
    );
    await reader.stop();
    // When kcat reads the topic to its end
    const read = runToEnd('kcat', [
      ...[
        '-b',
        inject('kafkaBrokers'),
        '-C',
        '-t',
        platform.topic('identity.events.v1'),
        '-e',
        '-q',
      ],
      ...['-X', 'isolation.level=read_committed', '-f', '%k %h %s\\n'],
    ]);
    // Then the event stands there, and the secret does not
    const line =
      read.output.split('\n').find((text) => text.includes('tallystick.DeviceRegistered.v1')) ?? '';
    expect(line).toContain('default/meter/m-1');
    expect(read.output).not.toContain(secret);
    // And the SDK takes it for a valid CloudEvent in binary mode
    const record = reader.records.find((found) => eventName(found) === 'DeviceRegistered');
    const event = CloudEventsKafka.toEvent({
      headers: { ...record?.headers },
      body: record?.value,
      key: record?.key ?? '',
      value: record?.value,
    } as unknown as Parameters<typeof CloudEventsKafka.toEvent>[0]);
    if (!(event instanceof CloudEvent)) throw new Error('one event was expected');
    expect(event.validate()).toBe(true);
    expect(event).toMatchObject({
      specversion: '1.0',
      type: 'tallystick.DeviceRegistered.v1',
      source: '/tallystick/registry',
      subject: device.body['deviceId'],
      tenantid: 'default',
      streamversion: '1',
    });
    expect(JSON.parse(record?.value ?? '')).toEqual({
      deviceId: device.body['deviceId'],
      productKey: 'meter',
      deviceKey: 'm-1',
      generation: 1,
      origin: 'api',
      secretOrigin: 'allocated',
      registrationTimeoutSeconds: null,
      name: null,
      tags: { site: 'north' },
      secretVersion: 1,
    });
    expect(HTTP.binary(event).headers['ce-id']).toBe(record?.headers['ce_id']);
  });

  /** Registers until told to stop, through the registries that are awake. */
  function keepRegistering(through: number): { stop(): Promise<string[]> } {
    const keys: string[] = [];
    let going = true;
    const registry = platform.registries[through];
    if (registry === undefined) throw new Error('no such registry');
    const api = platform.apiOf(registry);
    const work = (async () => {
      while (going) {
        const deviceKey = `r${through}-${keys.length}`;
        const created = await api('POST', '/devices', { productKey: 'meter', deviceKey });
        if (created.status !== 201) continue;
        keys.push(deviceKey);
        await api('PATCH', `/devices/${String(created.body['deviceId'])}`, {
          name: `name of ${deviceKey}`,
        });
      }
      return keys;
    })();
    return {
      stop: () => {
        going = false;
        return work;
      },
    };
  }

  it('keeps order, loses nothing and doubles nothing when the leading relay is stopped for 15 s and comes back', async () => {
    const [first, second] = platform.registries;
    if (first === undefined || second === undefined)
      throw new Error('two registries were expected');
    const keys: string[] = [];
    // Given each registry in turn stopped beyond its lead, for one of them leads the relay, while
    // the other takes over
    for (const [stopped, awake] of [
      [first, 1],
      [second, 0],
    ] as const) {
      const registering = keepRegistering(awake);
      // When it wakes up and believes for a moment that it leads
      await stoppedFor(stopped, 15_000);
      await until('it answers again', 30_000, async () => (await stopped.readyz()).ready);
      keys.push(...(await registering.stop()));
    }
    expect(keys.length).toBeGreaterThan(20);
    // Then a reader of committed records sees every event once, per key in order
    const events = await readTopic(inject('kafkaBrokers'), platform.topic('identity.events.v1'));
    const ours = new Set(keys.map((key) => `default/meter/${key}`));
    const isOurs = (record: ReadRecord): boolean => ours.has(record.key ?? '');
    const complete = (all: readonly ReadRecord[]): boolean =>
      all.filter(isOurs).length >= 2 * keys.length;
    await events.until('both events of every device are there', complete, 120_000);
    await events.stop();
    const byKey = Map.groupBy(events.records, (record) => record.key ?? '');
    for (const records of byKey.values()) {
      const versions = records.map((record) => Number(record.headers['ce_streamversion']));
      expect(versions).toEqual(versions.map((_, index) => index + 1));
    }
    expect(new Set(events.records.map((record) => record.headers['ce_id'])).size).toBe(
      events.records.length,
    );
    // And the last state of every key is its newest revision
    const states = await readTopic(inject('kafkaBrokers'), platform.topic('identity.state.v1'));
    await states.until(
      'the newest state of every device is there',
      (all) =>
        all.filter((record) => isOurs(record) && record.value?.includes('"revision":2')).length >=
        keys.length,
    );
    await states.stop();
    const newest = new Map(states.records.map((record) => [record.key ?? '', record]));
    for (const key of keys)
      expect(JSON.parse(newest.get(`default/meter/${key}`)?.value ?? '{}')).toMatchObject({
        revision: 2,
      });
  });
});
