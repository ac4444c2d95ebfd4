export {
  createEventStore,
  type EventStoreOptions,
  type OpenedEventStore,
} from './create-event-store.ts';
