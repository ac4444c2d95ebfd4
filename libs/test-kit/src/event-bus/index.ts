export { eventBusConformance } from './event-bus.conformance.ts';
export type { EventBusHarness } from './event-bus-harness.ts';
export { BatchRecorder, keysOf, textOf } from './batch-recorder.ts';
export { createInMemoryEventBus, type InMemoryEventBusOptions } from './in-memory-event-bus.ts';
export { deliveredValue, InMemoryBusLog } from './in-memory-log.ts';
