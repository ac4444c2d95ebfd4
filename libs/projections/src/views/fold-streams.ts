import { raisesRevision } from '@tallystick/contracts';
import type { StoredEvent } from '@tallystick/ports';

/** A stream's row before and after a batch. */
export interface Folded<State> {
  readonly state: State;
  /**
   * The revision of the last event that changed it. Later events only say that somebody looked, and
   * may be folded again.
   */
  readonly revision: number;
}

/** The events of a batch by the stream's name, in the order in which the streams appear. */
export function groupByStream(
  events: readonly StoredEvent[],
  prefix: string,
): Map<string, readonly StoredEvent[]> {
  const groups = new Map<string, StoredEvent[]>();
  for (const event of events) {
    if (!event.stream.startsWith(prefix)) continue;
    const group = groups.get(event.stream);
    if (group === undefined) groups.set(event.stream, [event]);
    else group.push(event);
  }
  return groups;
}

/** Folds what a view has not seen yet: a row that is ahead of an event stays as it is. */
export function foldEvents<State, Event>(
  before: Folded<State>,
  events: readonly StoredEvent[],
  toEvent: (stored: StoredEvent) => Event | null,
  evolve: (state: State, event: Event) => State,
): Folded<State> {
  let { state, revision } = before;
  for (const stored of events) {
    if (stored.revision <= revision) continue;
    // A type that this release does not know counts as a revision and changes nothing.
    const event = toEvent(stored);
    if (event !== null) state = evolve(state, event);
    if (raisesRevision(stored)) revision = stored.revision;
  }
  return { state, revision };
}
