import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { BusFixture } from './bus-fixture.ts';
import { committedConformance } from './committed.conformance.ts';
import type { EventBusHarness } from './event-bus-harness.ts';
import { fencedWriterConformance } from './fenced-writer.conformance.ts';
import { groupsConformance, sharedGroupsConformance } from './groups.conformance.ts';
import { publishingConformance } from './publishing.conformance.ts';
import { readingConformance } from './reading.conformance.ts';
import { unacceptableConformance } from './unacceptable.conformance.ts';

/**
 * Every EventBus passes all of it; only sharing a group's partitions is for those that declare it.
 */
export function eventBusConformance(
  name: string,
  start: () => Promise<EventBusHarness>,
  shares: { readonly sharesGroups: boolean } = { sharesGroups: false },
): void {
  describe(`the event bus ${name}`, () => {
    const given = new BusFixture(start);
    beforeAll(() => given.begin());
    afterEach(() => given.afterEach());
    afterAll(() => given.end());

    publishingConformance(given);
    readingConformance(given);
    committedConformance(given);
    fencedWriterConformance(given);
    unacceptableConformance(given);
    groupsConformance(given);
    if (shares.sharesGroups) sharedGroupsConformance(given);
  });
}
