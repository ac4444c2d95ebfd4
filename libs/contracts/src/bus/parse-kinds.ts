import type { JsonObject } from '@tallystick/kernel';
import { decodeJson } from './topics.ts';

type Kind = 'string' | 'number' | 'boolean' | 'object';

/**
 * Which fields a record must have at least, and of what type: enough for records that our own
 * services write, and cheap enough to check each one.
 */
export type Shape = Readonly<Record<string, Kind>>;

export function hasShape(value: JsonObject, shape: Shape): boolean {
  for (const field in shape) {
    const found = value[field];
    if (typeof found !== shape[field] || found === null) return false;
  }
  return true;
}

/**
 * A value of an internal topic whose `kind` is known and whose fields fit; null for anything else
 * (a later version's record, or damage), which a reader passes over.
 */
export function parseKinds<T>(
  value: Uint8Array | null,
  shapes: Readonly<Record<string, Shape>>,
): T | null {
  const parsed = value === null ? null : decodeJson(value);
  const kind = parsed?.['kind'];
  if (parsed === null || typeof kind !== 'string' || !Object.hasOwn(shapes, kind)) return null;
  const shape = shapes[kind];
  // The shape is the check; fields beyond it may be new and are let through.
  return shape !== undefined && hasShape(parsed, shape) ? (parsed as unknown as T) : null;
}
