import type { JsonObject, JsonValue } from '@tallystick/kernel';

/**
 * Fields that name a secret or prove a token are never published. They are removed from every
 * event, also from types that this release does not know.
 */
const PRIVATE: ReadonlySet<string> = new Set(['secretId', 'tokenHash']);

/** The data of a stored event as Kafka, the timeline and the live stream show it. */
export function toPublicData(_type: string, data: JsonObject): JsonObject {
  if (!('secretId' in data) && !('tokenHash' in data)) return data;
  const shown: Record<string, JsonValue> = {};
  for (const field in data) {
    const value = data[field];
    if (value !== undefined && !PRIVATE.has(field)) shown[field] = value;
  }
  return shown;
}
