import { describe } from 'vitest';
import { appendingConformance } from './appending.conformance.ts';
import type { OpenEventStore } from './event-store-harness.ts';
import { readingConformance } from './reading.conformance.ts';

export {
  someAppend,
  someEvent,
  type EventStoreFixture,
  type OpenEventStore,
} from './event-store-harness.ts';
export {
  createInMemoryEventStore,
  InMemoryEventStore,
  InMemoryLog,
} from './in-memory-event-store.ts';

export { logReaderConformance, type ReadableLog } from './log-reader.conformance.ts';

/** What every event store must hold, the double included. */
export function eventStoreConformance(name: string, open: OpenEventStore): void {
  describe(`event store: ${name}`, () => {
    appendingConformance(open);
    readingConformance(open);
  });
}
