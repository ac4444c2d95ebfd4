import { streamPages } from '../handlers/stream-pages.ts';
import type { EventStore, StoredEvent } from '@tallystick/ports';
import { eachAtOnce } from './each-at-once.ts';
import { fold, type Folded } from './folded.ts';
import { createRecent } from './recent.ts';

/** Folds the streams that a batch touches, from memory where it can. */
export interface StreamFolder {
  /**
   * Up to and with the last of these events, each stream's in order: one answer per stream, in the
   * order of first touch.
   */
  upTo(events: readonly StoredEvent[]): Promise<readonly Folded[]>;
  /** Up to what each stream is now, which may be beyond these events. */
  newest(events: readonly StoredEvent[]): Promise<readonly Folded[]>;
  /** Forgets all: the log is read again from an earlier position. */
  forget(): void;
}

function byStream(events: readonly StoredEvent[]): readonly (readonly StoredEvent[])[] {
  const groups = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const group = groups.get(event.stream);
    if (group === undefined) groups.set(event.stream, [event]);
    else group.push(event);
  }
  return [...groups.values()];
}

/** Reads on from where memory stands, up to a revision. */
async function readOn(
  store: Pick<EventStore, 'readStream'>,
  stream: string,
  from: Folded | undefined,
  until: number,
): Promise<Folded> {
  let folded = from;
  for await (const page of streamPages(store, stream, (from?.at.revision ?? 0) + 1)) {
    const wanted = page.filter(({ revision }) => revision <= until);
    folded = fold(folded, wanted);
    if (wanted.length < page.length) break;
  }
  if (folded === undefined) throw new Error(`${stream} is read from the log and is not there`);
  return folded;
}

export function createStreamFolder(
  store: Pick<EventStore, 'readStream'>,
  capacity: number,
): StreamFolder {
  const known = createRecent<Folded>(capacity);

  function foldGroup(group: readonly StoredEvent[]): Folded | undefined | Promise<Folded> {
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined) return undefined;
    if (first.revision === 1) return fold(undefined, group);
    const from = known.get(first.stream);
    if (from?.at.revision === first.revision - 1) return fold(from, group);
    const behind = from !== undefined && from.at.revision < first.revision;
    return readOn(store, first.stream, behind ? from : undefined, last.revision);
  }

  const keep = (folded: readonly (Folded | undefined)[]): readonly Folded[] => {
    const kept = folded.filter((entry) => entry !== undefined);
    for (const entry of kept) known.set(entry.at.stream, entry);
    return kept;
  };

  return {
    upTo: async (events) => keep(await eachAtOnce(byStream(events), foldGroup)),
    newest: async (events) => {
      const streams = [...new Set(events.map(({ stream }) => stream))];
      return keep(
        await eachAtOnce(streams, (stream) => readOn(store, stream, known.get(stream), Infinity)),
      );
    },
    forget: () => {
      known.clear();
    },
  };
}
