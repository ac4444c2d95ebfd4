import './provided-context.ts';
export * from './device-listener/index.ts';
export * from './event-bus/index.ts';
export * from './view-store/index.ts';
export * from './event-store/index.ts';
export * from './beside-store/index.ts';
export * from './time-and-ids/index.ts';
export { chanceFrom, type Chance } from './chance.ts';
export { rounds, seeds } from './size.ts';
