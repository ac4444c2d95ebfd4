import './provided-context.ts';
export * from './event-bus/index.ts';
export * from './view-store/index.ts';
export * from './event-store/index.ts';
export { createFixedClock, createSeededIds, type FixedClock } from './time-and-ids.ts';
