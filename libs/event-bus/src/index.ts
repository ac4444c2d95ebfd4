export type { BusLog } from './bus-log.ts';
export { createEventBus, type EventBusOptions, type KafkaSasl } from './create-event-bus.ts';
export * from './relay/index.ts';
