import type { SqlRow } from '@tallystick/ports';
import type { Page } from './queries.types.ts';

/** Where a list goes on: what its order is made of, of the last row shown. */
export type Place = readonly (string | number)[];

export function toCursor(place: Place): string {
  return Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');
}

/** Whether a database takes it in the place of the example. */
function fitsIn(part: unknown, example: string | number): boolean {
  if (typeof example === 'number') return Number.isSafeInteger(part);
  return typeof part === 'string' && part.isWellFormed() && !/\p{Cc}/u.test(part);
}

function isPlace(parsed: unknown, shape: Place): parsed is Place {
  return (
    Array.isArray(parsed) &&
    parsed.length === shape.length &&
    shape.every((example, index) => fitsIn(parsed[index], example))
  );
}

/** `shape` holds one example of each part; null: no cursor of that list. */
export function fromCursor(cursor: string, shape: Place): Place | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return isPlace(parsed, shape) ? parsed : null;
  } catch {
    return null;
  }
}

/** Makes of up to `limit` + 1 rows a page, and the cursor of the next one. */
export function toPage<T>(
  rows: readonly SqlRow[],
  limit: number,
  toItem: (row: SqlRow) => T,
  placeOf: (row: SqlRow) => Place,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data: shown.map(toItem), nextCursor: more ? toCursor(placeOf(last)) : null };
}
