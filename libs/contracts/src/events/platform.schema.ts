import { DEVICE_KEY_SCOPES, SCOPES } from '@tallystick/domain';
import { z } from 'zod';
import { expiry } from './fields.schema.ts';

const count = z.int().min(0);

/** Of tenants, tokens and imports. */
export const platformStored = {
  TenantCreated: z.object({
    tenant: z.string(),
    name: z.string(),
    deviceKeyScope: z.enum(DEVICE_KEY_SCOPES),
  }),
  TokenIssued: z.object({
    tokenId: z.string(),
    tenant: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    expiresAt: expiry,
    tokenHash: z.string(),
  }),
  TokenRevoked: z.object({ tokenId: z.string(), name: z.string() }),
  ImportFinished: z.object({ jobId: z.string(), rows: count, accepted: count, refused: count }),
  ImportUndone: z.object({ jobId: z.string(), undone: count, kept: count }),
};

/**
 * StoreRestored concerns the whole installation. It stands on Kafka alone: one copy in every
 * partition, all with the same id.
 */
export const platformPublic = {
  ...platformStored,
  TokenIssued: platformStored.TokenIssued.omit({ tokenHash: true }),
  /**
   * The store was adopted: what was read with a greater ce_globalposition than `lastPosition` is
   * void.
   */
  StoreRestored: z.object({
    storeId: z.string(),
    incarnation: z.int().min(1),
    lastPosition: z.int().min(0),
  }),
};
