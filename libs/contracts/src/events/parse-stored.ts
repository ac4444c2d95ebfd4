import { err, ok, type JsonObject, type Result } from '@tallystick/kernel';
import { isStoredEventType, STORED_SCHEMAS, type StoredEventTypeName } from './event-types.ts';
import { upcast, type UpcastRefusal } from './upcast.ts';

export type StoredRefusal =
  | UpcastRefusal
  | { readonly code: 'malformed-event'; readonly type: string; readonly problem: string };

interface Stored {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: JsonObject;
}

/**
 * Checks a stored event against its schema, brought to the newest version: for imports, `views
 * verify` and tests. Folds trust the store and use toDeviceEvent.
 */
export function parseStored(
  stored: Stored,
): Result<{ readonly type: StoredEventTypeName; readonly data: JsonObject }, StoredRefusal> {
  const { type } = stored;
  const newest = upcast(type, stored.schemaVersion, stored.data);
  if (!newest.ok) return newest;
  if (!isStoredEventType(type)) return err({ code: 'unknown-event-type', type });
  const parsed = STORED_SCHEMAS[type].safeParse(newest.value);
  if (parsed.success) return ok({ type, data: newest.value });
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code}`);
  return err({ code: 'malformed-event', type, problem: issues.join('; ') });
}
