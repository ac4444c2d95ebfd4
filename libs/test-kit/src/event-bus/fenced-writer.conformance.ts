import { isPortError } from '@tallystick/kernel';
import { describe, expect, it } from 'vitest';
import { textOf } from './batch-recorder.ts';
import { type BusFixture, numbered, numbers, recordOf } from './bus-fixture.ts';

export function fencedWriterConformance(given: BusFixture): void {
  describe('a fenced writer', () => {
    it('has no progress at first, and a later holder reads what an earlier one committed', async () => {
      const { bus, topic, spec } = await given.busWithTopic();
      const id = given.name('writer');
      const first = await bus.openFencedWriter(id);
      const before = await first.progress();
      await first.commit({ records: numbered(topic, 'a', 2), progress: 41 });
      await first.commit({ records: [], progress: 42 });
      await first.close();
      const after = await given.restart(bus, [spec]);

      const second = await after.openFencedWriter(id);

      expect([before, await second.progress()]).toEqual([0, 42]);
      expect(await (await after.openFencedWriter(given.name('writer'))).progress()).toBe(0);
    });

    it('keeps a note beside the progress, which anybody reads without fencing the holder', async () => {
      const { bus, topic } = await given.busWithTopic();
      const id = given.name('writer');
      const writer = await bus.openFencedWriter(id);
      const before = [await writer.note(), await bus.progressOf(id)];
      await writer.commit({ records: numbered(topic, 'a', 1), progress: 7, note: '{"id":"é"}' });

      const read = await bus.progressOf(id);
      await writer.commit({ records: [], progress: 8 });

      expect(before).toEqual(['', null]);
      expect(read).toEqual({ progress: 7, note: '{"id":"é"}' });
      expect(await bus.progressOf(id)).toEqual({ progress: 8, note: '' });
    });

    it('names the log, which stays the same over a restart', async () => {
      const { bus, spec } = await given.busWithTopic();
      const before = await bus.identity();

      const after = await given.restart(bus, [spec]);

      expect(before.length).toBeGreaterThan(0);
      expect(await after.identity()).toBe(before);
    });

    it('shows a batch over several topics whole, and batches in their order', async () => {
      const { bus, topic } = await given.busWithTopic();
      const other = given.topic({ kept: { by: 'key' } });
      await bus.ensureTopics([other]);
      const writer = await bus.openFencedWriter(given.name('writer'));
      for (let at = 0; at < 8; at += 1)
        await writer.commit({
          records: [
            recordOf(topic, 'a', String(at)),
            recordOf(topic, 'b', String(at)),
            recordOf(other.name, `key-${at}`, String(at)),
          ],
          progress: at,
        });

      const { seen } = await given.read(bus, { topics: [topic, other.name] });
      await seen.untilCount(24);

      for (const key of ['a', 'b'])
        expect(seen.records.filter((r) => r.key === key).map(textOf)).toEqual(numbers(8));
      expect(seen.records.filter((r) => r.topic === other.name)).toHaveLength(8);
    });

    it('commits 5,000 records and megabytes at once', async () => {
      const { bus, topic } = await given.busWithTopic();
      const writer = await bus.openFencedWriter(given.name('writer'));
      const filler = 'x'.repeat(400);
      const records = Array.from({ length: 5000 }, (_, at) =>
        recordOf(topic, `key-${at % 100}`, `${at}:${filler}`, { headers: { at: String(at) } }),
      );

      await writer.commit({ records, progress: 5000 });
      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilCount(5000);

      expect(new Set(seen.records.map((record) => record.headers['at']))).toEqual(
        new Set(numbers(5000)),
      );
      expect(await writer.progress()).toBe(5000);
    });

    it('is fenced once a newer holder has opened its id, and nothing it tries then is seen', async () => {
      const { bus, topic } = await given.busWithTopic({ partitions: 1 });
      const id = given.name('writer');
      const older = await bus.openFencedWriter(id);
      await older.commit({ records: [recordOf(topic, 'a', 'older')], progress: 1 });
      const newer = await bus.openFencedWriter(id);

      for (const progress of [2, 3]) {
        const late = older.commit({ records: [recordOf(topic, 'a', 'too late')], progress });
        await expect(late).rejects.toMatchObject({ code: 'fenced', retriable: false });
      }
      await newer.commit({ records: [recordOf(topic, 'a', 'newer')], progress: 4 });
      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.untilValue('newer');

      expect(seen.values).toEqual(['older', 'newer']);
      expect(await newer.progress()).toBe(4);
    });

    it('is fenced with a commit under way: that commit stands whole with its progress, or not at all', async () => {
      const { bus, topic } = await given.busWithTopic();
      const id = given.name('writer');
      const older = await bus.openFencedWriter(id);
      const records = numbered(topic, 'a', 200).map((r, at) => ({ ...r, key: `key-${at}` }));
      const outcome = older.commit({ records, progress: 7 }).then(
        () => 'stands' as const,
        (error: unknown) => error,
      );

      const newer = await bus.openFencedWriter(id);
      const progress = await newer.progress();
      await newer.commit({ records: [recordOf(topic, 'end', 'end')], progress: 8 });
      const { seen } = await given.read(bus, { topics: [topic] });
      await seen.until('all that stands', () => {
        const ended = seen.values.includes('end');
        return ended && (progress === 0 || seen.records.length >= 201);
      });

      const ended = await outcome;
      if (ended === 'stands') expect(progress).toBe(7);
      else expect(isPortError(ended)).toBe(true);
      expect(seen.records).toHaveLength(progress === 7 ? 201 : 1);
      await expect(older.commit({ records: [], progress: 9 })).rejects.toMatchObject({
        code: 'fenced',
      });
    });

    it('leaves other ids alone', async () => {
      const { bus, topic } = await given.busWithTopic();
      const one = await bus.openFencedWriter(given.name('writer'));
      const two = await bus.openFencedWriter(given.name('writer'));

      await one.commit({ records: numbered(topic, 'a', 1), progress: 1 });
      await two.commit({ records: numbered(topic, 'a', 1, 1), progress: 2 });

      expect([await one.progress(), await two.progress()]).toEqual([1, 2]);
    });

    it('refuses a commit after it was closed', async () => {
      const { bus, topic } = await given.busWithTopic();
      const writer = await bus.openFencedWriter(given.name('writer'));
      await writer.close();

      const commit = writer.commit({ records: numbered(topic, 'a', 1) });

      await expect(commit).rejects.toMatchObject({ code: 'closed' });
    });
  });
}
