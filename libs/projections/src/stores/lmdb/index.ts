export { createLmdbViewStore, type LmdbViewStoreOptions } from './lmdb-view-store.ts';
