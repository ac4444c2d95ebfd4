import { createInMemoryEventBus } from './in-memory-event-bus.ts';
import { InMemoryBusLog } from './in-memory-log.ts';
import { eventBusConformance } from './event-bus.conformance.ts';

for (const partitions of [1, 4])
  eventBusConformance(`in memory, ${partitions} partitions`, async () => {
    const log = new InMemoryBusLog();
    return {
      partitions,
      open: async () => createInMemoryEventBus({ partitions, log }),
      dispose: async () => {},
    };
  });
