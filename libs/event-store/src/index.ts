export {
  createEventStore,
  type EventStoreOptions,
  type OpenedEventStore,
} from './create-event-store.ts';
export { takeFileLock } from './sqlite/owner-lock.ts';
export { insertSecrets } from './sql/sql-secret-store.ts';
