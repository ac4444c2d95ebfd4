import { z } from 'zod';
import { PROBLEM_CODES } from '../problems.ts';

export const problemDocument = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(PROBLEM_CODES),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** Lists answer `{data, nextCursor}`; null: that was the last page. */
export function pageOf<T extends z.ZodType>(id: string, item: T) {
  return z.strictObject({ data: z.array(item), nextCursor: z.string().nullable() }).meta({ id });
}

/** A number in a query string or a path: digits alone, exact as a JSON number. */
export const positionParameter = z
  .string()
  .regex(/^\d{1,15}$/, 'a whole number, in digits alone')
  .transform(Number);
