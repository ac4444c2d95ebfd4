import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoggedEvent, NewEvent } from '@tallystick/ports';
import { createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createEventStore, type OpenedEventStore } from '../create-event-store.ts';
import { specDatabase } from '../testing/spec-database.ts';

/** In an order that is not that of bytes, where a database has one of its own. */
const STREAMS = ['device/a/P/z', 'device-id/1', 'device/a/p/A', 'product/p', 'device/a/p/a'];

describe.each(['sqlite', 'postgres'] as const)('the log read by streams on %s', (dialect) => {
  const database = specDatabase(inject('databaseUrl'), 'log');
  let folder: string;
  let opened: OpenedEventStore;
  let ids: ReturnType<typeof createSeededIds>;

  const event = (n: number): NewEvent => ({
    ...{ id: ids.uuid(), type: 'Happened', schemaVersion: 1, time: n, data: { n } },
    meta: { tenant: 'a', subject: null, actor: 'op', correlationId: 'c', causationId: 'c' },
  });

  beforeEach(async () => {
    ids = createSeededIds();
    folder = mkdtempSync(join(tmpdir(), 'tallystick-log-'));
    if (dialect === 'postgres') await database.create();
    const databaseUrl = dialect === 'postgres' ? database.url : null;
    opened = await createEventStore({ databaseUrl, file: join(folder, 'store.sqlite') });
    for (const round of [0, 1, 2])
      for (const [nth, stream] of STREAMS.entries()) {
        const events = [event(round * STREAMS.length + nth)];
        await opened.store.append([{ stream, expectedRevision: round, events }]);
      }
  });
  afterEach(async () => {
    await opened.close();
    if (dialect === 'postgres') await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const readIn = async (limit: number, upTo: number): Promise<readonly LoggedEvent[]> => {
    const found: LoggedEvent[] = [];
    for (let after: LoggedEvent | null = null; ;) {
      const options = { after, upTo, limit };
      const page: readonly LoggedEvent[] = await opened.db.read((session) =>
        opened.log.readByStream(session, options),
      );
      found.push(...page);
      if (page.length < limit) return found;
      after = page.at(-1) ?? null;
    }
  };

  it.each([1, 2, 4, 100])('given pages of %i, each stream comes once, in order', async (limit) => {
    const events = await readIn(limit, 100);
    const streams = events.map(({ stream }) => stream);
    const begun = streams.filter((stream, nth) => stream !== streams[nth - 1]);
    expect(begun.toSorted()).toEqual(STREAMS.toSorted());
    for (const stream of STREAMS)
      expect(events.filter((one) => one.stream === stream).map(({ revision }) => revision)).toEqual(
        [1, 2, 3],
      );
  });

  it('given a position, then nothing beyond it', async () => {
    const positions = (await readIn(2, 7)).map(({ position }) => position);
    expect(positions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('shows an event as the store does', async () => {
    const [first] = await opened.store.readStream('product/p');
    const found = (await readIn(100, 100)).find(({ stream }) => stream === 'product/p');
    expect(first).toMatchObject({ ...found });
  });

  it('reads in positions within a transaction what the store reads', async () => {
    const options = { after: 3, limit: 4 };
    const page = await opened.db.write((session) => opened.log.readAll(session, options));
    expect(page).toEqual(await opened.store.readAll(options));
  });
});
