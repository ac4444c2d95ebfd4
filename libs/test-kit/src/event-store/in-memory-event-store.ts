import { randomUUID } from 'node:crypto';
import { err, ok, PortError, type Result } from '@tallystick/kernel';
import type {
  AllPage,
  Appended,
  AppendRefusal,
  EventStore,
  NewEvent,
  PageEnds,
  ReadAllOptions,
  StoredEvent,
  StoreIdentity,
  StreamAppend,
} from '@tallystick/ports';

/** How far a page that is picked by type or stream looks, as in the real stores. */
const LOOK_AHEAD = 10_000;

/**
 * The log itself: stores opened on the same one see each other's events, as processes on one
 * database do.
 */
export class InMemoryLog {
  readonly events: StoredEvent[] = [];
  readonly byId = new Map<string, StoredEvent>();
  readonly streams = new Map<string, StoredEvent[]>();
  readonly listeners = new Set<() => void>();
  readonly identity: StoreIdentity = { storeId: randomUUID(), incarnation: 1 };
  /** A fault: every call fails with `unavailable` while it is true. */
  away = false;
}

/**
 * An event store that lives as long as its log. For unit tests; passes the conformance suite of the
 * real ones.
 */
export class InMemoryEventStore implements EventStore {
  readonly #log: InMemoryLog;
  readonly #closing = new AbortController();

  constructor(log: InMemoryLog = new InMemoryLog()) {
    this.#log = log;
  }

  async append(batch: readonly StreamAppend[]): Promise<Result<Appended, AppendRefusal>> {
    this.#guard();
    const events = batch.flatMap((append) => append.events);
    const known = events.find(({ id }) => this.#log.byId.has(id));
    if (known !== undefined) return this.#repeat(batch, known.id);
    const twice = findTwice(events);
    if (twice !== undefined) return err({ code: 'duplicate-event', eventId: twice });
    const stale = this.#findStale(batch);
    if (stale !== null) return err(stale);
    for (const append of batch) this.#write(append);
    for (const listener of [...this.#log.listeners]) listener();
    return ok({
      position: this.#log.events.length,
      revisions: batch.map(newRevision),
      repeated: false,
    });
  }

  #findStale(batch: readonly StreamAppend[]): AppendRefusal | null {
    // A stream named twice is at its second mention where the first leaves it.
    const reached = new Map<string, number>();
    for (const { stream, expectedRevision: expected, events } of batch) {
      const actual = reached.get(stream) ?? this.#log.streams.get(stream)?.length ?? 0;
      if (actual !== expected) return { code: 'stale-revision', stream, expected, actual };
      reached.set(stream, actual + events.length);
    }
    return null;
  }

  #write({ stream, expectedRevision, events }: StreamAppend): void {
    const own = this.#log.streams.get(stream) ?? [];
    events.forEach((event, index) => {
      const stored = {
        ...structuredClone(event),
        stream,
        revision: expectedRevision + index + 1,
        position: this.#log.events.length + 1,
      };
      this.#log.events.push(stored);
      this.#log.byId.set(event.id, stored);
      own.push(stored);
    });
    if (own.length > 0) this.#log.streams.set(stream, own);
  }

  #repeat(batch: readonly StreamAppend[], eventId: string): Result<Appended, AppendRefusal> {
    const places = batch.flatMap(({ stream, events }) =>
      events.map(({ id }) => ({ stream, stored: this.#log.byId.get(id) })),
    );
    if (!places.every(({ stream, stored }) => stored?.stream === stream))
      return err({ code: 'duplicate-event', eventId });
    const position = Math.max(...places.map(({ stored }) => stored?.position ?? 0));
    return ok({ position, revisions: batch.map(newRevision), repeated: true });
  }

  async readStream(
    stream: string,
    fromRevision = 1,
    limit = Infinity,
  ): Promise<readonly StoredEvent[]> {
    this.#guard();
    const begin = fromRevision - 1;
    return structuredClone((this.#log.streams.get(stream) ?? []).slice(begin, begin + limit));
  }

  async readAll({ after, limit, types, streamPrefix, ends }: ReadAllOptions): Promise<AllPage> {
    this.#guard();
    const picked = types !== undefined || streamPrefix !== undefined;
    const head = this.#log.events.length;
    const end = picked ? Math.min(head, after + LOOK_AHEAD) : head;
    const matching = this.#log.events
      .slice(after, end)
      .filter(
        ({ type, stream }) =>
          (types?.includes(type) ?? true) && stream.startsWith(streamPrefix ?? ''),
      )
      .slice(0, limit);
    const through =
      matching.length < limit ? Math.max(end, after) : (matching.at(-1)?.position ?? after);
    const page = { events: structuredClone(matching), through, head };
    return ends === true ? { ...page, ends: this.#ends(after, through) } : page;
  }

  #ends(after: number, through: number): PageEnds {
    const { events, identity } = this.#log;
    const idAt = (position: number): string | null => events[position - 1]?.id ?? null;
    return { identity, afterId: idAt(after), throughId: idAt(through) };
  }

  async head(): Promise<number> {
    this.#guard();
    return this.#log.events.length;
  }

  async waitBeyond(position: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.#guard();
    const told = (): boolean => signal?.aborted ?? false;
    if (this.#log.events.length > position || told()) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#log.listeners.delete(look);
        signal?.removeEventListener('abort', end);
        this.#closing.signal.removeEventListener('abort', end);
        resolve();
      };
      const look = (): void => void (this.#log.events.length > position && end());
      const timer = setTimeout(end, timeoutMs);
      this.#log.listeners.add(look);
      signal?.addEventListener('abort', end, { once: true });
      this.#closing.signal.addEventListener('abort', end, { once: true });
    });
    if (!told()) this.#guard();
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  #guard(): void {
    if (this.#closing.signal.aborted) throw new PortError('closed', 'the event store is closed');
    if (this.#log.away) throw new PortError('unavailable', 'the event store is away');
  }
}

function findTwice(events: readonly NewEvent[]): string | undefined {
  const ids = new Set<string>();
  return events.find(({ id }) => ids.size === ids.add(id).size)?.id;
}

function newRevision({ expectedRevision, events }: StreamAppend): number {
  return expectedRevision + events.length;
}

export function createInMemoryEventStore(log?: InMemoryLog): InMemoryEventStore {
  return new InMemoryEventStore(log);
}
