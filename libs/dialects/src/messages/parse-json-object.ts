const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The members of a JSON object; null where the bytes are none. */
export function parseJsonObject(payload: Uint8Array): ReadonlyMap<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(utf8.decode(payload));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return new Map(Object.entries(value));
  } catch {
    return null;
  }
}
