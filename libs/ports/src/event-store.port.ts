import type { EpochMs, JsonObject, Result } from '@tallystick/kernel';
import type { StoreIdentity } from './store-tail.port.ts';

/** Whose act an event is part of, as the audit names it. Kept in the store, never on the bus. */
export interface EventOrigin {
  /** The operation of the API, or what a system does by itself. */
  readonly action: string;
  /** From where it was asked for; null: the platform's own act. */
  readonly address: string | null;
}

export interface EventMeta {
  readonly tenant: string;
  /** The device id, or null where the event is of no device. */
  readonly subject: string | null;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string;
  /** Of the first event that an act appends to a stream; none: the act has no row in the audit. */
  readonly origin?: EventOrigin;
}

/** An event as its writer hands it over. `id` is a UUID and is unique in the whole store. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly time: EpochMs;
  readonly data: JsonObject;
  readonly meta: EventMeta;
}

export interface StoredEvent extends NewEvent {
  readonly stream: string;
  /** Place in the stream, from 1, without gaps. */
  readonly revision: number;
  /**
   * Place in the whole store, from 1, in commit order; without gaps but those that an adoption
   * leaves (see StoreTail).
   */
  readonly position: number;
}

/**
 * `expectedRevision` is the stream's last revision as the writer knows it; 0: the stream must not
 * exist. No events: the revision is checked and nothing is written.
 */
export interface StreamAppend {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: readonly NewEvent[];
}

export interface Appended {
  /** The position of the last event written (of the whole batch). */
  readonly position: number;
  /** The new last revision of each stream of the batch, in its order. */
  readonly revisions: readonly number[];
  /**
   * True when all of these event ids stood there already: the retry of an append that had
   * succeeded.
   */
  readonly repeated: boolean;
}

export type AppendRefusal =
  | {
      readonly code: 'stale-revision';
      readonly stream: string;
      readonly expected: number;
      readonly actual: number;
    }
  /** Some, not all, of the event ids stand in the store, or in another stream. */
  | { readonly code: 'duplicate-event'; readonly eventId: string };

export interface ReadAllOptions {
  /** Exclusive: the first event returned has a greater position. 0 reads from the start. */
  readonly after: number;
  readonly limit: number;
  /** Only these event types; absent: all. */
  readonly types?: readonly string[];
  /** Only streams whose name begins so; absent: all. */
  readonly streamPrefix?: string;
  /** Asks for {@link AllPage.ends}. */
  readonly ends?: true;
}

/**
 * What a reader compares, so that it does not go on in a store that is another one, or was put back
 * (libs/README.md, rule 11). Read in the page's own snapshot.
 */
export interface PageEnds {
  readonly identity: StoreIdentity;
  /** The id of the event at `after`, and of the one at `through`; null: none stands there. */
  readonly afterId: string | null;
  readonly throughId: string | null;
}

export interface AllPage {
  readonly events: readonly StoredEvent[];
  /**
   * How far this page has looked: the position to go on after. At least that of the last event; the
   * store's head when nothing more was left.
   */
  readonly through: number;
  /** The store's head when the page was read. */
  readonly head: number;
  readonly ends?: PageEnds;
}

/**
 * The truth. One ordered log of streams.
 * - `append` is atomic over all its streams, durable when it resolves, and either writes all or
 *   nothing. An append repeated with the same event ids answers as the first did (`repeated`).
 * - A reader never sees a position before all lower ones are visible: a position read is a safe
 *   checkpoint.
 * - Failures are {@link PortError}s: `unavailable` (retriable; an append that failed so may have
 *   been written: repeat it with the same ids), `closed`.
 */
export interface EventStore {
  append(batch: readonly StreamAppend[]): Promise<Result<Appended, AppendRefusal>>;
  /**
   * The events of one stream in order, from a revision (inclusive, default 1); at most `limit`,
   * absent: all. An unknown stream is empty.
   */
  readStream(
    stream: string,
    fromRevision?: number,
    limit?: number,
  ): Promise<readonly StoredEvent[]>;
  readAll(options: ReadAllOptions): Promise<AllPage>;
  /** The position of the last event; 0 in an empty store. */
  head(): Promise<number>;
  /**
   * Resolves when the store's head may be beyond `position`, or after `timeoutMs`, or when `signal`
   * aborts: a wake-up for readers that follow with readAll, never a promise that there is
   * something. Resolves at once when the head is known to be beyond.
   */
  waitBeyond(position: number, timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Ends every wait. Later calls fail with `closed`. Idempotent. */
  close(): Promise<void>;
}

/** Where streams stand, many at once: what decides on a thousand of them reads no history. */
export interface StreamEnds {
  /** The last event of each stream, by its name; a stream that does not exist is left out. */
  lastEvents(streams: readonly string[]): Promise<ReadonlyMap<string, StoredEvent>>;
}
