import { partitionOf } from '@tallystick/kernel';
import { describe, expect, it } from 'vitest';
import { keysOf, textOf } from './batch-recorder.ts';
import { type BusFixture, numbered, numbers, recordOf } from './bus-fixture.ts';

export function publishingConformance(given: BusFixture): void {
  describe('what is published', () => {
    it('is delivered with key, value, headers and time as they were, unicode included', async () => {
      const { bus, topic } = await given.busWithTopic();
      const headers = { ce_id: '1', 'ce-größe': '温度 🌡', empty: '' };
      const before = Date.now() - 1000;
      await given.publish(bus, [recordOf(topic, 'ключ/设备/🔑', '{"naïve":"✓"}', { headers })]);

      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(1);

      const [record] = seen.records;
      expect(record).toMatchObject({ topic, key: 'ключ/设备/🔑', headers, offset: 0 });
      expect(seen.values).toEqual(['{"naïve":"✓"}']);
      expect(record?.timestampMs).toBeGreaterThan(before);
    });

    it('may be text, which arrives as its UTF-8', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const texts = ['', '{"a":1}', '{"größe":"✓"}', 'x'.repeat(100), '温度 🌡'.repeat(100)];
      const records = texts.map((value) => ({ topic, key: 'k', value, headers: {} }));
      await given.publish(bus, records);

      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(texts.length);

      expect(seen.values).toEqual(texts);
    });

    it('keeps null and empty keys and values apart, and bytes that are no text', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
      await given.publish(bus, [
        recordOf(topic, null, 'no key'),
        recordOf(topic, '', 'empty key'),
        recordOf(topic, 'tombstone', null, { headers: { why: 'gone' } }),
        recordOf(topic, 'empty', ''),
        { topic, key: 'bytes', value: bytes, headers: {} },
      ]);

      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(5);

      expect(keysOf(seen.records)).toEqual([null, '', 'tombstone', 'empty', 'bytes']);
      expect(seen.values.slice(0, 4)).toEqual(['no key', 'empty key', null, '']);
      expect(seen.records[2]?.headers).toEqual({ why: 'gone' });
      expect([...(seen.records[4]?.value ?? [])]).toEqual([...bytes]);
    });

    it('is in order per key, also across publishes that were not waited for', async () => {
      const { bus, topic } = await given.busWithTopic();
      const publisher = await bus.openPublisher();
      const { seen } = await given.read(bus, { topics: [topic] });
      const keys = ['a', 'b', 'c', 'd', 'e'];

      await Promise.all(
        Array.from({ length: 60 }, (_, at) =>
          publisher.publish(keys.map((key) => recordOf(topic, key, String(at)))),
        ),
      );
      await seen.untilCount(300);

      for (const key of keys) {
        const ofKey = seen.records.filter((record) => record.key === key);
        expect(ofKey.map(textOf)).toEqual(numbers(60));
      }
    });

    it('goes to the murmur2 partition of its key, or the one it names', async () => {
      const { bus, topic } = await given.busWithTopic();
      const count = bus.partitions(topic);
      const keys = Array.from({ length: 40 }, (_, at) => `default/pk/device-${at}`);
      await given.publish(bus, [
        ...keys.map((key) => recordOf(topic, key, 'by key')),
        recordOf(topic, 'default/pk/device-1', 'named', { partition: count - 1 }),
      ]);

      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(41);

      for (const record of seen.records) {
        const named = textOf(record) === 'named';
        expect(record.partition).toBe(named ? count - 1 : partitionOf(record.key ?? '', count));
      }
    });

    it('may be 5,000 records and megabytes in one call', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const filler = 'x'.repeat(500);
      const records = Array.from({ length: 5000 }, (_, at) =>
        recordOf(topic, `key-${at % 50}`, `${at}:${filler}`),
      );
      await given.publish(bus, records);

      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(5000);

      expect(seen.values).toEqual(records.map((_, at) => `${at}:${filler}`));
    });

    it('is refused when a record without a key is for a topic kept by key', async () => {
      const { bus, topic } = await given.busWithTopic({ kept: { by: 'key' } });
      const publisher = await bus.openPublisher();

      const publishing = publisher.publish([recordOf(topic, null, 'of whom?')]);

      await expect(publishing).rejects.toMatchObject({ code: 'misconfigured' });
    });

    it('is refused after the publisher was closed', async () => {
      const { bus, topic } = await given.busWithTopic();
      const publisher = await bus.openPublisher();
      await publisher.close();
      await publisher.close();

      const publishing = publisher.publish([recordOf(topic, 'a', '1')]);

      await expect(publishing).rejects.toMatchObject({ code: 'closed' });
    });
  });

  describe('a topic', () => {
    it('may be ensured again and by several at once, and its partitions are known', async () => {
      const bus = await given.bus();
      const specs = [given.topic(), given.topic({ kept: { by: 'key' } })];

      await Promise.all([bus.ensureTopics(specs), bus.ensureTopics(specs)]);
      await bus.ensureTopics(specs);

      for (const { name } of specs) expect(bus.partitions(name)).toBe(given.harness.partitions);
    });

    it('keeps what it holds when it is ensured after a restart', async () => {
      const { bus, topic, spec } = await given.busWithTopic({ partitions: 1 });
      await given.publish(bus, numbered(topic, 'a', 3));
      const after = await given.restart(bus, [spec]);
      await given.publish(after, numbered(topic, 'a', 2, 3));

      const { seen } = await given.read(after, { topics: [topic] });
      await seen.untilCount(5);

      expect(seen.values).toEqual(numbers(5));
      expect(seen.records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);
    });

    it('kept by key gives a fresh reader the newest record of every key, tombstones included', async () => {
      const { bus, topic } = await given.busWithTopic({ kept: { by: 'key' } });
      const publisher = await bus.openPublisher();
      for (const round of [1, 2, 3])
        await publisher.publish(
          ['a', 'b', 'c'].map((key) => recordOf(topic, key, `${key}${round}`)),
        );
      await publisher.publish([recordOf(topic, 'b', null), recordOf(topic, 'd', 'd1')]);

      const { seen } = await given.read(bus, { topics: [topic] });
      const newest = (): Map<string | null, string | null> =>
        new Map(seen.records.map((record) => [record.key, textOf(record)]));
      const wanted = new Map([
        ['a', 'a3'],
        ['b', null],
        ['c', 'c3'],
        ['d', 'd1'],
      ]);
      await seen.until('the newest of each key', () =>
        [...wanted].every(([key, value]) => newest().has(key) && newest().get(key) === value),
      );

      expect(newest()).toEqual(wanted);
    });
  });
}
