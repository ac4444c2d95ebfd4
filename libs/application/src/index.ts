export * from './handlers/index.ts';
export * from './imports/index.ts';
export * from './secrets/index.ts';
export * from './relay/index.ts';
