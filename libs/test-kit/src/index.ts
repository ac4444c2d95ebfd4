export * from './event-bus/index.ts';
export * from './view-store/index.ts';
