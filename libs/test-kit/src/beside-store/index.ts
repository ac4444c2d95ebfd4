export { createInMemoryIdempotencyStore } from './in-memory-idempotency-store.ts';
export { createInMemorySecretStore } from './in-memory-secret-store.ts';
export { idempotencyStoreConformance } from './idempotency-store.conformance.ts';
export { importJobsConformance } from './import-jobs.conformance.ts';
export { leadershipConformance, type Contenders } from './leadership.conformance.ts';
export type { Opened } from './opened.ts';
export { secretStoreConformance } from './secret-store.conformance.ts';
export { sqlDatabaseConformance } from './sql-database.conformance.ts';
export { storeTailConformance, type TailOfStore } from './store-tail.conformance.ts';
