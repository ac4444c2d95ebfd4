import { createInMemoryViewStore } from './in-memory-view-store.ts';
import { viewStoreConformance } from './view-store.conformance.ts';

viewStoreConformance('the in-memory view store', {
  create: () => Promise.resolve(createInMemoryViewStore()),
});
