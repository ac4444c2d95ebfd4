export * from './stores/lmdb/index.ts';
