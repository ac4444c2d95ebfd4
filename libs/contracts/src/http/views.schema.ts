import { z } from 'zod';
import { positionField } from './fields.schema.ts';

const viewStanding = z.strictObject({
  view: z.string(),
  version: z.int().min(1),
  position: positionField,
  head: positionField,
  rows: z.int().min(0),
});

/** GET /views */
export const viewsDocument = z.strictObject({ data: z.array(viewStanding) }).meta({ id: 'Views' });

const difference = z.strictObject({
  key: z.string(),
  path: z.string(),
  inView: z.unknown(),
  inLog: z.unknown(),
});

const checkedView = z.strictObject({
  view: z.string(),
  equal: z.boolean(),
  rows: z.int().min(0),
  difference: difference.nullable(),
});

/** GET /view-checks/{checkId} */
export const viewCheckDocument = z
  .strictObject({
    checkId: z.string(),
    kind: z.enum(['verify', 'rebuild']),
    state: z.enum(['running', 'done', 'failed']),
    position: positionField,
    head: positionField,
    views: z.array(checkedView),
    detail: z.string().nullable(),
  })
  .meta({ id: 'ViewCheck' });

/** What starts a comparison or a rebuild answers with. */
export const startedCheckDocument = z
  .strictObject({ checkId: z.string() })
  .meta({ id: 'StartedViewCheck' });

export type ViewsDocument = z.infer<typeof viewsDocument>;
export type ViewCheckDocument = z.infer<typeof viewCheckDocument>;
export type StartedCheckDocument = z.infer<typeof startedCheckDocument>;
