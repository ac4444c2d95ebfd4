import { raisesRevision } from '@tallystick/contracts';
import { PortError } from '@tallystick/kernel';
import type { EventStore, StoredEvent } from '@tallystick/ports';
import { createRecent } from '../relay/recent.ts';
import { STREAM_PAGE } from './stream-pages.ts';

/**
 * The domain's events of what was read. One that this release does not know is PortError `corrupt`:
 * nothing may be decided on half a state.
 */
export function toDomainEvents<Event>(
  stored: readonly StoredEvent[],
  toEvent: (event: StoredEvent) => Event | null,
): readonly Event[] {
  return stored.map((each) => {
    const event = toEvent(each);
    if (event === null)
      throw new PortError('corrupt', `${each.type} at ${each.position} is not known here`);
    return event;
  });
}

/** A state with the place it was read at; revision and position 0: the stream does not exist. */
export interface Loaded<State> {
  readonly stream: string;
  readonly state: State;
  readonly revision: number;
  /**
   * The revision that callers see: of the last event that changed something. An event that only
   * says that somebody looked is no change.
   */
  readonly changedAt: number;
  readonly position: number;
}

/** Where a stream stands that does not exist. */
export const UNWRITTEN = { revision: 0, changedAt: 0, position: 0 } as const;

/** Whether something has changed since a caller saw that revision. */
export function isStale(
  { revision, changedAt }: Pick<Loaded<unknown>, 'revision' | 'changedAt'>,
  seen: number | null,
): boolean {
  return seen !== null && (seen < changedAt || seen > revision);
}

/** The revision that is shown once these events are appended. */
export function revisionAfter(
  { revision, changedAt }: Pick<Loaded<unknown>, 'revision' | 'changedAt'>,
  events: readonly { readonly type: string }[],
): number {
  const last = events.findLastIndex(raisesRevision);
  return last === -1 ? changedAt : revision + last + 1;
}

export interface Folding<State, Event> {
  readonly toEvent: (stored: StoredEvent) => Event | null;
  readonly evolve: (state: State, event: Event) => State;
}

/** States of streams as the store has them now. */
export interface StreamStates<State> {
  read(stream: string, initial: State): Promise<Loaded<State>>;
}

interface Kept<State> extends Loaded<State> {
  readonly lastId: string | null;
}

/** A shorter stream is read again as a whole: to remember it would cost more than it saves. */
const LONG = 32;
/** Long streams whose states are kept (and up to as many again); each at most some 20 KB. */
const KEPT = 1_000;

/**
 * Reads a stream on from where it was last folded. So a call costs what is new in the stream, not
 * its whole history: making a stream longer must not make the next call more expensive. The last
 * known event is read again, because a restored store may hold another event in its place.
 */
export function createStreamStates<State, Event>(
  store: Pick<EventStore, 'readStream'>,
  { toEvent, evolve }: Folding<State, Event>,
): StreamStates<State> {
  const known = createRecent<Kept<State>>(KEPT);

  const fold = (from: Kept<State>, events: readonly StoredEvent[]): Kept<State> => {
    const last = events.at(-1);
    if (last === undefined) return from;
    const state = toDomainEvents(events, toEvent).reduce(evolve, from.state);
    const { stream } = from;
    const { revision, position, id: lastId } = last;
    const changedAt = events.findLast(raisesRevision)?.revision ?? from.changedAt;
    return { stream, state, revision, changedAt, position, lastId };
  };

  /** null: what was known of it is not there. */
  async function readOn(from: Kept<State>): Promise<Kept<State> | null> {
    let kept = from;
    for (;;) {
      const page = await store.readStream(kept.stream, Math.max(1, kept.revision), STREAM_PAGE);
      if (kept.lastId !== null && page[0]?.id !== kept.lastId) return null;
      kept = fold(kept, kept.lastId === null ? page : page.slice(1));
      if (page.length < STREAM_PAGE) return kept;
    }
  }

  return {
    async read(stream, initial) {
      const unread = { ...UNWRITTEN, stream, state: initial, lastId: null };
      const from = known.get(stream);
      const now = (from && (await readOn(from))) ?? (await readOn(unread));
      if (now === null) throw new PortError('unavailable', `${stream} changed while it was read`);
      if (now.revision >= LONG) known.set(stream, now);
      return now;
    },
  };
}
