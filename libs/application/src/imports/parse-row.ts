import { nameField, tagNameField, tagValueField } from '@tallystick/contracts';
import {
  parseDeviceId,
  parseDeviceKey,
  parseProductKey,
  parseSecret,
  type InvalidName,
} from '@tallystick/domain';
import type { Result } from '@tallystick/kernel';
import { namedCharacters, shownKey, steersText } from './shown-text.ts';
import type { ImportRow, ReadRow, RowRefusal } from './row.types.ts';

/** A row's values before they are checked; null: absent. */
export interface RawRow {
  readonly productKey: string | null;
  readonly deviceKey: string | null;
  readonly deviceId: string | null;
  readonly deviceSecret: string | null;
  readonly name: string | null;
  /** Column (`tags.x`), name and value of each. */
  readonly tags: readonly (readonly [name: string, value: string])[];
}

const invalid = (deviceKey: string | null, detail: string): ReadRow => ({
  ok: false,
  error: { code: 'invalid-field', detail, deviceKey: shownKey(deviceKey ?? '') },
});

type Parse = (value: unknown) => Result<unknown, InvalidName>;
type Keyed = 'productKey' | 'deviceKey' | 'deviceId' | 'deviceSecret';

const CHECKS: readonly (readonly [Keyed, Parse])[] = [
  ['productKey', parseProductKey],
  ['deviceKey', parseDeviceKey],
  ['deviceId', parseDeviceId],
  ['deviceSecret', parseSecret],
];

/** Nothing of a secret is told, not even which characters it holds. */
const oddOf = (column: Keyed, value: string): string =>
  column === 'deviceSecret' ? '' : namedCharacters(value);

function faultOfKeys(row: RawRow): string | null {
  for (const [column, parse] of CHECKS) {
    const value = row[column];
    if (value === null) continue;
    const parsed = parse(value);
    if (!parsed.ok) return `${column}: ${parsed.error.message}${oddOf(column, value)}`;
  }
  return null;
}

type Field = { safeParse(value: unknown): { success: boolean; error?: { issues: Issue[] } } };
interface Issue {
  readonly message: string;
}

/** Any script is fine; what steers the text around it is not. */
function faultOfText(column: string, field: Field, value: string): string | null {
  const parsed = field.safeParse(value);
  const message = parsed.success
    ? steersText(value) && 'no bidirectional control characters'
    : (parsed.error?.issues[0]?.message ?? 'not of its form');
  return message === false ? null : `${column}: ${message}${controlsOf(value)}`;
}

const controlsOf = (value: string): string =>
  namedCharacters([...value].filter((one) => /\p{Cc}/u.test(one) || steersText(one)).join(''));

function faultOfTexts({ name, tags }: RawRow): string | null {
  const ofName = name === null ? null : faultOfText('name', nameField, name);
  if (ofName !== null) return ofName;
  if (tags.length > MOST_TAGS) return `tags: at most ${MOST_TAGS} tags`;
  for (const [tag, value] of tags) {
    const column = `tags.${shownKey(tag)}`;
    const fault = faultOfTag(tag) ?? faultOfText(column, tagValueField, value);
    if (fault !== null) return fault;
  }
  return null;
}

const MOST_TAGS = 64;

/** null: a tag may be called so. */
export function faultOfTag(name: string): string | null {
  if (name === '__proto__') return 'tags.__proto__: not the name of a tag';
  return faultOfText(`tags.${shownKey(name)}`, tagNameField, name);
}

/** Checks what stands in a row. `productKey`: where the row names none. */
export function parseRow(raw: RawRow, productKey: string | null): ReadRow {
  const row = { ...raw, productKey: raw.productKey ?? productKey };
  if (row.productKey === null) return invalid(raw.deviceKey, 'productKey: missing');
  const fault = faultOfKeys(row) ?? (hasTexts(row) ? faultOfTexts(row) : null);
  if (fault !== null) return invalid(raw.deviceKey, fault);
  const tags = row.tags.length === 0 ? NO_TAGS : Object.fromEntries(row.tags);
  const { deviceKey, deviceId, deviceSecret, name } = row;
  const value: ImportRow = {
    productKey: row.productKey,
    deviceKey,
    deviceId,
    deviceSecret,
    name,
    tags,
  };
  return { ok: true, value };
}

const NO_TAGS = {};
const hasTexts = ({ name, tags }: RawRow): boolean => name !== null || tags.length > 0;

export function refusedRow(code: RowRefusal['code'], detail: string, deviceKey = ''): ReadRow {
  return { ok: false, error: { code, detail, deviceKey: shownKey(deviceKey) } };
}
