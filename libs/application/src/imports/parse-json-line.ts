import { isJsonObject } from '@tallystick/kernel';
import { parseRow, refusedRow, type RawRow } from './parse-row.ts';
import type { ReadRow } from './row.types.ts';
import { shownKey } from './shown-text.ts';

const TEXTS = ['productKey', 'deviceKey', 'deviceId', 'deviceSecret', 'name'] as const;
const FIELDS: ReadonlySet<string> = new Set([...TEXTS, 'tags']);

type Given = Readonly<Record<string, unknown>>;

function unknownField(given: Given): string | undefined {
  return Object.keys(given).find((name) => !FIELDS.has(name));
}

/** The first field that is not of its type. */
function faultOfTypes(given: Given): string | null {
  for (const name of TEXTS) {
    const value = given[name] ?? null;
    if (value !== null && typeof value !== 'string') return `${name}: must be a string`;
  }
  const tags = given['tags'] ?? {};
  if (!isJsonObject(tags)) return 'tags: must be an object';
  for (const [name, value] of Object.entries(tags))
    if (typeof value !== 'string') return `tags.${shownKey(name)}: must be a string`;
  return null;
}

const textOf = (given: Given, name: string): string | null => {
  const value = given[name];
  return typeof value === 'string' ? value : null;
};

function toRawRow(given: Given): RawRow {
  const tags = given['tags'] ?? {};
  return {
    productKey: textOf(given, 'productKey'),
    deviceKey: textOf(given, 'deviceKey'),
    deviceId: textOf(given, 'deviceId'),
    deviceSecret: textOf(given, 'deviceSecret'),
    name: textOf(given, 'name'),
    tags: Object.entries(tags).map(([name, value]) => [name, String(value)]),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** One line of JSON lines. `productKey`: where the line names none. */
export function parseJsonLine(text: string, productKey: string | null): ReadRow {
  const given = parseJson(text);
  if (given === undefined) return refusedRow('invalid-field', 'the line is not JSON');
  if (!isJsonObject(given)) return refusedRow('invalid-field', 'the line is not a JSON object');
  const key = textOf(given, 'deviceKey') ?? '';
  const unknown = unknownField(given);
  if (unknown !== undefined)
    return refusedRow('unknown-field', `${shownKey(unknown)}: unknown field`, key);
  const fault = faultOfTypes(given);
  if (fault !== null) return refusedRow('invalid-field', fault, key);
  return parseRow(toRawRow(given), productKey);
}
