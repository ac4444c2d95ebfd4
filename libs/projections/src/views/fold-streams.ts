import { raisesRevision } from '@tallystick/contracts';
import type { LoggedEvent } from '@tallystick/ports';
import type { StreamFold, TableRows } from './view.types.ts';

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
  events: readonly LoggedEvent[],
  prefix: string,
): Map<string, readonly LoggedEvent[]> {
  const groups = new Map<string, LoggedEvent[]>();
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
  events: readonly LoggedEvent[],
  toEvent: (stored: LoggedEvent) => Event | null,
  evolve: (state: State, event: Event) => State,
): Folded<State> {
  return events.reduce((folded, event) => foldEvent(folded, event, toEvent, evolve), before);
}

export function foldEvent<State, Event>(
  before: Folded<State>,
  stored: LoggedEvent,
  toEvent: (stored: LoggedEvent) => Event | null,
  evolve: (state: State, event: Event) => State,
): Folded<State> {
  if (stored.revision <= before.revision) return before;
  // A type that this release does not know counts as a revision and changes nothing.
  const event = toEvent(stored);
  return {
    state: event === null ? before.state : evolve(before.state, event),
    revision: raisesRevision(stored) ? stored.revision : before.revision,
  };
}

/** Folds a stream from its first event on, into the rows of one table or several. */
export function openFold<State, Event>(
  initial: State,
  toEvent: (stored: LoggedEvent) => Event | null,
  evolve: (state: State, event: Event) => State,
  toRows: (folded: Folded<State>) => readonly TableRows[],
): StreamFold {
  let folded: Folded<State> = { state: initial, revision: 0 };
  return {
    add: (event) => {
      folded = foldEvent(folded, event, toEvent, evolve);
    },
    rows: () => toRows(folded),
  };
}
