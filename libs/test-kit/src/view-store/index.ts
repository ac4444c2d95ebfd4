export { createInMemoryViewStore } from './in-memory-view-store.ts';
export { viewStoreConformance, type ViewStoreHarness } from './view-store.conformance.ts';
