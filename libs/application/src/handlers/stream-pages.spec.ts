import { createInMemoryEventStore, createSeededIds } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { streamPages } from './stream-pages.ts';

const ids = createSeededIds();
const meta = { tenant: 't', subject: null, actor: 'a', correlationId: 'c', causationId: 'c' };

/** How many events each page of a stream of so many holds. */
async function pagesOf(events: number, fromRevision?: number): Promise<readonly number[]> {
  const store = createInMemoryEventStore();
  const some = Array.from({ length: events }, () => ({
    ...{ id: ids.uuid(), type: 'DeviceEnabled', schemaVersion: 1, time: 0, data: {}, meta },
  }));
  if (events > 0) await store.append([{ stream: 's', expectedRevision: 0, events: some }]);
  const pages: number[] = [];
  for await (const page of streamPages(store, 's', fromRevision)) pages.push(page.length);
  return pages;
}

describe('a stream in pages', () => {
  it('never holds more than one page, and ends', async () => {
    expect(await pagesOf(1_200)).toEqual([500, 500, 200]);
    expect(await pagesOf(1_000)).toEqual([500, 500, 0]);
    expect(await pagesOf(0)).toEqual([0]);
  });

  it('begins where it is told', async () => {
    expect(await pagesOf(1_200, 701)).toEqual([500, 0]);
    expect(await pagesOf(3, 4)).toEqual([0]);
  });
});
