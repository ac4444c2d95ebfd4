import { z } from 'zod';
import { timeField } from './fields.schema.ts';

const count = z.int().min(0);

/** GET /stats */
export const statsDocument = z
  .strictObject({
    devices: z.strictObject({ inactive: count, online: count, offline: count, disabled: count }),
    products: count,
    conflicts: count.meta({
      description: 'Names that GET /products/{productKey}/multi-client-ids shows, of all products.',
    }),
  })
  .meta({ id: 'Stats' });

const decisionStep = z.strictObject({
  at: timeField,
  allowed: count,
  denied: z.record(z.string(), count).meta({ description: 'By reason; absent: none.' }),
});

/** GET /stats/decisions */
export const decisionStatsDocument = z
  .strictObject({ data: z.array(decisionStep) })
  .meta({ id: 'DecisionStats' });

export type StatsDocument = z.infer<typeof statsDocument>;
export type DecisionStatsDocument = z.infer<typeof decisionStatsDocument>;
