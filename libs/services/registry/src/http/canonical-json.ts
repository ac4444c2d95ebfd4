import { invalidField } from './problem.ts';

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

/** A parsed body in one spelling, whatever the order of its fields; an absent one is `{}`. */
export function canonicalJson(body: unknown): string {
  try {
    return JSON.stringify(body ?? {}, (_name, value: unknown) =>
      isFields(value) ? Object.fromEntries(Object.entries(value).sort(byName)) : value,
    );
  } catch (error) {
    if (error instanceof RangeError) throw invalidField('', 'the body is nested too deep');
    throw error;
  }
}
