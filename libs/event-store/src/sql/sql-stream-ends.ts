import type { SqlDatabase, StoredEvent, StreamEnds } from '@tallystick/ports';
import { inParts, marksOf } from './in-parts.ts';
import { EVENT_COLUMNS, toStoredEvent } from './rows.ts';

const lastOf = (part: readonly string[]): string =>
  `SELECT ${EVENT_COLUMNS} FROM events WHERE (stream, revision) IN
     (SELECT stream, MAX(revision) FROM events WHERE stream IN (${marksOf(part)}) GROUP BY stream)`;

export function createSqlStreamEnds(db: SqlDatabase): StreamEnds {
  return {
    lastEvents: (streams) =>
      db.read(async (session) => {
        const found = new Map<string, StoredEvent>();
        for (const part of inParts(streams))
          for (const row of await session.all(lastOf(part), part)) {
            const event = toStoredEvent(row);
            found.set(event.stream, event);
          }
        return found;
      }),
  };
}
