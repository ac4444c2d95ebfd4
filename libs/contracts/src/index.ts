export type * from './bus/commands.types.ts';
export type * from './bus/credentials.types.ts';
export * from './bus/decisions.types.ts';
export type * from './bus/gateways.types.ts';
export type * from './bus/presence.types.ts';
export type * from './bus/sessions.types.ts';
export * from './bus/streams.ts';
export * from './bus/topics.ts';
export type * from './http/internal.types.ts';
