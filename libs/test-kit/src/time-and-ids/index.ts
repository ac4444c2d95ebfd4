export { clockConformance } from './clock.conformance.ts';
export { idsConformance } from './ids.conformance.ts';
export { createFixedClock, createSeededIds, type FixedClock } from './time-and-ids.ts';
