export type { BusLog } from './bus-log.ts';
export { createEventBus, type EventBusOptions } from './create-event-bus.ts';
export * from './relay/index.ts';
