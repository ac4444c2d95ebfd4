import type { EventStore, LoggedEvent, LogReader, SqlDatabase } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { openedOnce, type Opened } from '../beside-store/opened.ts';
import { someEvent } from './event-store-harness.ts';

/** A reader of the log, with the store that it reads and the database in which that stands. */
export interface ReadableLog {
  readonly reader: LogReader;
  readonly store: EventStore;
  readonly db: SqlDatabase;
}

const STREAMS = ['log/b', 'log/a', 'log/c'] as const;

async function write({ store }: ReadableLog): Promise<void> {
  for (let revision = 0; revision < 3; revision += 1)
    for (const stream of STREAMS)
      await store.append([{ stream, expectedRevision: revision, events: [someEvent()] }]);
}

/** Every event up to a position, read in pages of two. */
function readAllByStream({ reader, db }: ReadableLog, upTo: number) {
  return db.read(async (session) => {
    const all: LoggedEvent[] = [];
    for (;;) {
      const after = all.at(-1) ?? null;
      const page = await reader.readByStream(session, { after, upTo, limit: 2 });
      all.push(...page);
      if (page.length < 2) return all;
    }
  });
}

const placeOf = ({ stream, revision }: LoggedEvent): string => `${stream}@${revision}`;

/** What every reader of the log must do (ports: log-reader). */
export function logReaderConformance(name: string, open: () => Promise<Opened<ReadableLog>>): void {
  describe(`${name} as a reader of the log`, () => {
    const log = openedOnce(async () => {
      const opened = await open();
      await write(opened.it);
      return opened;
    });

    it('given pages, then each stream comes whole, in the order of its revisions', async () => {
      const all = await readAllByStream(log(), await log().store.head());
      expect(all.map(placeOf).toSorted()).toEqual(
        STREAMS.flatMap((stream) =>
          [1, 2, 3].map((revision) => `${stream}@${revision}`),
        ).toSorted(),
      );
      const groups = Map.groupBy(all, ({ stream }) => stream);
      // Where each new stream begins, it had not come before.
      const changes = all.filter(({ stream }, at) => all[at - 1]?.stream !== stream);
      expect(changes).toHaveLength(groups.size);
      for (const events of groups.values())
        expect(events.map(({ revision }) => revision)).toEqual([1, 2, 3]);
    });

    it('given a position, then what came later is left out', async () => {
      const all = await readAllByStream(log(), 4);
      expect(all.map(({ position }) => position).toSorted()).toEqual([1, 2, 3, 4]);
    });

    it('given a page by position, then it is the one that the store gives', async () => {
      const { reader, store, db } = log();
      const asked = { after: 2, limit: 4 };
      expect(await db.read((session) => reader.readAll(session, asked))).toEqual(
        await store.readAll(asked),
      );
    });
  });
}
