/** Milliseconds since 1970-01-01T00:00:00Z: how the core carries time. */
export type EpochMs = number;

/** What is written together was made together: an event's time stands in each of its records. */
let latest = { at: 0, text: new Date(0).toISOString() };

/** RFC 3339 in UTC with milliseconds, as every document and event shows time. */
export function toRfc3339(at: EpochMs): string {
  if (at !== latest.at) latest = { at, text: new Date(at).toISOString() };
  return latest.text;
}

/** Reads what {@link toRfc3339} writes, and any other RFC 3339 instant; null if it is none. */
export function parseRfc3339(text: string): EpochMs | null {
  const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;
  if (!shape.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
