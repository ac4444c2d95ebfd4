import { z } from 'zod';
import { positionField } from './fields.schema.ts';

export const storeDocument = z
  .strictObject({
    storeId: z.string(),
    incarnation: z.int().min(1),
    head: positionField,
    schemaVersion: z.int().min(1),
    state: z.enum(['ok', 'lost-tail']),
    /** How far the relay has told the bus, lane by lane. */
    relayed: z.strictObject({ fast: positionField, bulk: positionField }),
    detail: z.string().nullable(),
  })
  .meta({ id: 'Store' });

export type StoreDocument = z.infer<typeof storeDocument>;
