const utf8 = new TextDecoder('utf-8', { fatal: true });

/** More than any SDK sends. */
const MAX_FIELDS = 32;

/** UTF-8, or null. */
export function parseText(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** A JSON object; null: anything else. */
export function parseJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  const text = parseText(bytes);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is percent-encoded; null: `%` stands before what is no such code. */
export function decodePercent(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** `a=1&b=2`, as a form or a query has it; null: a name came twice, or it is none. */
export function parseForm(text: string): ReadonlyMap<string, string> | null {
  const fields = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodePercent(plain(equals < 0 ? pair : pair.slice(0, equals)));
    const value = decodePercent(plain(equals < 0 ? '' : pair.slice(equals + 1)));
    if (name === null || value === null || fields.has(name)) return null;
    if (fields.size === MAX_FIELDS) return null;
    fields.set(name, value);
  }
  return fields;
}

/** A body that is a form; null: it is none. */
export function parseFormBody(bytes: Uint8Array): ReadonlyMap<string, string> | null {
  const text = parseText(bytes);
  return text === null ? null : parseForm(text);
}

const plain = (text: string): string => text.replaceAll('+', ' ');

/** The text of a field: a string, or a number as it is written; null: neither. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}

/** Whether a body is of that type. One that does not say is taken for it: small SDKs forget. */
export function isOfType(headers: ReadonlyMap<string, string>, type: string): boolean {
  const said = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return said === undefined || said === '' || said === type;
}
