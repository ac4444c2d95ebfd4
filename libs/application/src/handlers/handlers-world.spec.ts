import { eventStoreConformance } from '@tallystick/test-kit';
import { createRegistryProcess, createShared } from './handlers-world.builder.ts';

eventStoreConformance('in memory, with faults', async () => {
  const shared = createShared();
  const { store } = createRegistryProcess(shared);
  const another = async () => createRegistryProcess(shared).store;
  const outage = {
    begin: async () => void (shared.log.away = true),
    end: async () => void (shared.log.away = false),
  };
  return { store, second: await another(), reopen: another, outage, close: () => store.close() };
});
