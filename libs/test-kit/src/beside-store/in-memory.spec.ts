import { createInMemoryIdempotencyStore } from './in-memory-idempotency-store.ts';
import { createInMemorySecretStore } from './in-memory-secret-store.ts';
import { idempotencyStoreConformance } from './idempotency-store.conformance.ts';
import { secretStoreConformance } from './secret-store.conformance.ts';

const close = async (): Promise<void> => undefined;

secretStoreConformance('in memory', async () => ({ it: createInMemorySecretStore(), close }));
idempotencyStoreConformance('in memory', async () => ({
  it: createInMemoryIdempotencyStore(),
  close,
}));
