import { err, ok, type Result } from '@tallystick/kernel';
import type { RawRow } from './parse-row.ts';
import { faultOfTag } from './parse-row.ts';
import { namedCharacters, shownKey } from './shown-text.ts';

/** A file that cannot be read at all: what is the matter, in words for people. */
export interface BadFile {
  /** The column or parameter at fault; empty: the whole. */
  readonly path: string;
  readonly message: string;
}

export type Column = Exclude<keyof RawRow, 'tags'>;
const COLUMNS: ReadonlySet<string> = new Set<Column>([
  ...(['productKey', 'deviceKey', 'deviceId', 'deviceSecret', 'name'] as const),
]);
const isColumn = (name: string): name is Column => COLUMNS.has(name);

/** Where each column stands. */
export interface Header {
  readonly count: number;
  readonly columns: Readonly<Partial<Record<Column, number>>>;
  readonly tags: readonly (readonly [name: string, at: number])[];
}

const TAG = 'tags.';
const MOST_TAGS = 64;

function faultOf(name: string): string | null {
  if (isColumn(name)) return null;
  if (name.startsWith(TAG)) return faultOfTag(name.slice(TAG.length));
  return `unknown column${namedCharacters(name)}: a header holds productKey, deviceKey, deviceId, deviceSecret, name and tags.<name>`;
}

/** The first line of a CSV. */
export function parseHeader(names: readonly string[]): Result<Header, BadFile> {
  const columns: Partial<Record<Column, number>> = {};
  const tags: [string, number][] = [];
  const seen = new Set<string>();
  for (const [at, name] of names.entries()) {
    const message = seen.has(name) ? 'this column stands in the header twice' : faultOf(name);
    if (message !== null) return err({ path: shownKey(name) || `column ${at + 1}`, message });
    seen.add(name);
    if (isColumn(name)) columns[name] = at;
    else tags.push([name.slice(TAG.length), at]);
  }
  if (tags.length > MOST_TAGS) return err({ path: 'tags', message: `at most ${MOST_TAGS} tags` });
  return ok({ count: names.length, columns, tags });
}

const orNull = (value: string | undefined): string | null =>
  value === undefined || value === '' ? null : value;

/** A record under its header; an empty field is an absent one. */
export function toRawRow({ columns, tags }: Header, fields: readonly string[]): RawRow {
  const at = (place: number | undefined): string | null =>
    place === undefined ? null : orNull(fields[place]);
  return {
    productKey: at(columns.productKey),
    deviceKey: at(columns.deviceKey),
    deviceId: at(columns.deviceId),
    deviceSecret: at(columns.deviceSecret),
    name: at(columns.name),
    tags: tags.flatMap(([name, place]) => {
      const value = orNull(fields[place]);
      return value === null ? [] : [[name, value] as const];
    }),
  };
}
