import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

export interface ParameterText {
  readonly description: string;
  readonly schema: Json;
  readonly example: unknown;
}

export function ofField(field: z.ZodType): Json {
  const schema = Object.entries(z.toJSONSchema(field, { io: 'input' }));
  return Object.fromEntries(schema.filter(([keyword]) => keyword !== '$schema'));
}

export const text = { type: 'string' } as const;
