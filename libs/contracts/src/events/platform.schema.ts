import { z } from 'zod';

/**
 * Events that concern the whole installation. They stand on Kafka alone: one copy in every
 * partition, all with the same id.
 */
export const platformPublic = {
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
