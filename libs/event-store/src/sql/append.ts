import { err, ok, type Result } from '@tallystick/kernel';
import type {
  Appended,
  AppendRefusal,
  NewEvent,
  SqlSession,
  SqlValue,
  StreamAppend,
} from '@tallystick/ports';
import type { AppendGuard } from './append-guard.ts';
import { inParts, marksOf } from './in-parts.ts';
import { createInsert } from './insert-rows.ts';
import { EVENT_COLUMNS, number, text } from './rows.ts';

export type Outcome = Result<Appended, AppendRefusal>;

const insertRows = createInsert({ into: 'events', columns: EVENT_COLUMNS.split(', ') });

interface Place {
  readonly stream: string;
  readonly position: number;
}

/**
 * The appends of one transaction, one after another, each decided alone. The head's row is locked
 * first, so positions are given in commit order. All that the decisions need is read in two
 * queries, all that they write goes in few.
 */
export async function appendAll(
  session: SqlSession,
  appends: readonly (readonly StreamAppend[])[],
  guard: AppendGuard,
): Promise<readonly Outcome[]> {
  await session.run('UPDATE store_head SET position = position WHERE one = 1');
  const [head] = await session.all('SELECT position FROM store_head WHERE one = 1');
  const position = head === undefined ? 0 : number(head, 'position');
  guard.check(position);
  const all = appends.flat();
  const revisions = await readRevisions(session, [...new Set(all.map(({ stream }) => stream))]);
  const ids = await readPlaces(
    session,
    all.flatMap(({ events }) => events.map(({ id }) => id)),
  );
  const decider = new AppendDecider(position, revisions, ids);
  const outcomes = appends.map((batch) => decider.append(batch));
  if (decider.position === position) return outcomes;
  await insertRows(session, decider.values);
  await session.run('UPDATE store_head SET position = ? WHERE one = 1', [decider.position]);
  return outcomes;
}

async function readRevisions(
  session: SqlSession,
  streams: readonly string[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const part of inParts(streams)) {
    const sql = `SELECT stream, MAX(revision) AS revision FROM events WHERE stream IN (${marksOf(part)}) GROUP BY stream`;
    for (const row of await session.all(sql, part))
      found.set(text(row, 'stream'), number(row, 'revision'));
  }
  return found;
}

async function readPlaces(
  session: SqlSession,
  ids: readonly string[],
): Promise<Map<string, Place>> {
  const found = new Map<string, Place>();
  for (const part of inParts(ids)) {
    const sql = `SELECT id, stream, position FROM events WHERE id IN (${marksOf(part)})`;
    const rows = await session.all(sql, part);
    for (const row of rows)
      found.set(text(row, 'id'), {
        stream: text(row, 'stream'),
        position: number(row, 'position'),
      });
  }
  return found;
}

function findTwice(events: readonly NewEvent[]): string | null {
  const ids = new Set<string>();
  for (const { id } of events) {
    if (ids.has(id)) return id;
    ids.add(id);
  }
  return null;
}

/** Decides append after append over what stood in the store and what its own appends add. */
class AppendDecider {
  position: number;
  /** Values of the new rows, in the order of the columns. */
  readonly values: SqlValue[] = [];
  readonly #revisions: Map<string, number>;
  readonly #places: Map<string, Place>;

  constructor(position: number, revisions: Map<string, number>, places: Map<string, Place>) {
    this.position = position;
    this.#revisions = revisions;
    this.#places = places;
  }

  append(batch: readonly StreamAppend[]): Outcome {
    const events = batch.flatMap((append) => append.events);
    const known = events.filter(({ id }) => this.#places.has(id));
    if (known.length > 0) return this.#repeat(batch, events, known);
    const twice = findTwice(events);
    if (twice !== null) return err({ code: 'duplicate-event', eventId: twice });
    const stale = this.#findStale(batch);
    return stale === null ? ok(this.#write(batch)) : err(stale);
  }

  #findStale(batch: readonly StreamAppend[]): AppendRefusal | null {
    // A stream named twice is at its second mention where the first leaves it.
    const reached = new Map<string, number>();
    for (const { stream, expectedRevision, events } of batch) {
      const actual = reached.get(stream) ?? this.#revisions.get(stream) ?? 0;
      if (actual !== expectedRevision)
        return { code: 'stale-revision', stream, expected: expectedRevision, actual };
      reached.set(stream, actual + events.length);
    }
    return null;
  }

  /** All ids in their streams: the same append again. Anything else is a mistake of the writer. */
  #repeat(
    batch: readonly StreamAppend[],
    events: readonly NewEvent[],
    known: readonly NewEvent[],
  ): Outcome {
    const inPlace = batch.every(({ stream, events: own }) =>
      own.every(({ id }) => this.#places.get(id)?.stream === stream),
    );
    if (!inPlace) return err({ code: 'duplicate-event', eventId: known[0]?.id ?? '' });
    return ok({
      position: Math.max(...events.map(({ id }) => this.#places.get(id)?.position ?? 0)),
      revisions: batch.map(({ expectedRevision, events: own }) => expectedRevision + own.length),
      repeated: true,
    });
  }

  #write(batch: readonly StreamAppend[]): Appended {
    const revisions = batch.map(({ stream, expectedRevision, events }) => {
      let revision = expectedRevision;
      for (const event of events) {
        revision += 1;
        this.position += 1;
        this.#places.set(event.id, { stream, position: this.position });
        this.values.push(
          this.position,
          stream,
          revision,
          event.id,
          event.type,
          event.schemaVersion,
          event.time,
        );
        this.values.push(JSON.stringify(event.data), JSON.stringify(event.meta));
      }
      this.#revisions.set(stream, revision);
      return revision;
    });
    return { position: this.position, revisions, repeated: false };
  }
}
