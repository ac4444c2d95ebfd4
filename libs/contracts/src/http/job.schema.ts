import { z } from 'zod';
import { PROBLEM_CODES } from '../problems.ts';

export const jobField = z.uuid();

const count = z.int().min(0);

/** An import, as far as it is. `causationId` stands on every event of it. */
export const jobDocument = z
  .strictObject({
    jobId: jobField,
    state: z.enum(['running', 'done', 'failed', 'undone']),
    rows: count,
    accepted: count,
    refused: count,
    causationId: z.string(),
  })
  .meta({ id: 'Job' });

/** `row` counts from 1, without the header of a CSV. `deviceKey`: empty where none was read. */
export const jobRowDocument = z
  .strictObject({
    row: z.int().min(1),
    state: z.enum(['accepted', 'refused', 'kept', 'undone']),
    deviceId: z.string().nullable(),
    deviceKey: z.string(),
    code: z.enum(PROBLEM_CODES).nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'JobRow' });

export const startedJobDocument = z.strictObject({ jobId: jobField }).meta({ id: 'StartedJob' });

export type JobDocument = z.infer<typeof jobDocument>;
export type JobRowDocument = z.infer<typeof jobRowDocument>;
