import { isJsonObject, type JsonValue } from '@tallystick/kernel';

export interface Different {
  /** Fields and places, joined by full stops. */
  readonly path: string;
  readonly inView: JsonValue;
  readonly inLog: JsonValue;
}

/** What is no secret, and yet is shown to nobody. */
const HIDDEN = new Set(['tokenHash', 'secretId']);
const HIDDEN_VALUE = '(not shown)';

function redacted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(redacted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      HIDDEN.has(name) ? HIDDEN_VALUE : redacted(one),
    ]),
  );
}

function entriesOf(value: JsonValue): ReadonlyMap<string, JsonValue> | null {
  if (Array.isArray(value)) return new Map(value.map((one, nth) => [String(nth), one]));
  return isJsonObject(value) ? new Map(Object.entries(value)) : null;
}

function compare(path: string, inView: JsonValue, inLog: JsonValue): Different | null {
  if (inView === inLog) return null;
  const [a, b] = [entriesOf(inView), entriesOf(inLog)];
  if (a === null || b === null) return { path, inView, inLog };
  for (const name of new Set([...b.keys(), ...a.keys()])) {
    const found = compare(`${path}.${name}`, a.get(name) ?? null, b.get(name) ?? null);
    if (found !== null) return found;
  }
  return null;
}

function fromText(value: string | number | null): JsonValue {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return value;
  }
}

/** The first field in which two values of a column differ; documents are compared by fields. */
export function firstDifference(
  column: string,
  inView: string | number | null,
  inLog: string | number | null,
): Different | null {
  return compare(column, fromText(inView), fromText(inLog));
}

export function withoutSecrets({ path, inView, inLog }: Different): Different {
  return HIDDEN.has(path.split('.').at(-1) ?? '')
    ? { path, inView: HIDDEN_VALUE, inLog: HIDDEN_VALUE }
    : { path, inView: redacted(inView), inLog: redacted(inLog) };
}
