import { createInMemoryEventStore, InMemoryLog } from './in-memory-event-store.ts';
import { eventStoreConformance } from './index.ts';

eventStoreConformance('in memory', async () => {
  const log = new InMemoryLog();
  const store = createInMemoryEventStore(log);
  return {
    store,
    second: createInMemoryEventStore(log),
    reopen: async () => createInMemoryEventStore(log),
    outage: {
      begin: async () => void (log.away = true),
      end: async () => void (log.away = false),
    },
    close: () => store.close(),
  };
});
