import { err, ok, type JsonObject, type Result } from '@tallystick/kernel';
import { isStoredEventType } from './event-types.ts';

export type UpcastRefusal =
  | { readonly code: 'unknown-event-type'; readonly type: string }
  /** Written by a newer release than this one. */
  | { readonly code: 'unknown-event-version'; readonly type: string; readonly version: number };

/**
 * The newest version of every stored event type is 1: no step exists yet. A step takes data of one
 * version to the next.
 */
const NEWEST = 1;

/** Brings data of any version ever written to the newest one. */
export function upcast(
  type: string,
  version: number,
  data: JsonObject,
): Result<JsonObject, UpcastRefusal> {
  if (!isStoredEventType(type)) return err({ code: 'unknown-event-type', type });
  if (version !== NEWEST) return err({ code: 'unknown-event-version', type, version });
  return ok(data);
}
