import type { EventStore, StoredEvent } from '@tallystick/ports';

/** At most so many events of a stream are held at once, however long it is. */
export const STREAM_PAGE = 500;

/**
 * A stream from a revision (inclusive) to its end, a page at a time; an empty page where nothing is
 * left.
 */
export async function* streamPages(
  store: Pick<EventStore, 'readStream'>,
  stream: string,
  fromRevision = 1,
): AsyncGenerator<readonly StoredEvent[]> {
  for (let from = fromRevision; ;) {
    const page = await store.readStream(stream, from, STREAM_PAGE);
    yield page;
    if (page.length < STREAM_PAGE) return;
    from += page.length;
  }
}
