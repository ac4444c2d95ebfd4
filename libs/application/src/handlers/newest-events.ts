import type { EventStore, StoredEvent } from '@tallystick/ports';

const PAGE = 200;

/**
 * The newest event of a stream that fits, looking back from a revision; null: none does. Most often
 * it stands in the first page.
 */
export async function findNewest(
  store: Pick<EventStore, 'readStream'>,
  stream: string,
  revision: number,
  fits: (event: StoredEvent) => boolean,
): Promise<StoredEvent | null> {
  for (let end = revision; end > 0; end -= PAGE) {
    const begin = Math.max(1, end - PAGE + 1);
    const found = (await store.readStream(stream, begin, end - begin + 1)).findLast(fits);
    if (found !== undefined) return found;
  }
  return null;
}
