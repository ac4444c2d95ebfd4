import { parseArgs } from 'node:util';
import { parseRfc3339, toRfc3339 } from '@tallystick/kernel';

/** The words after the command were wrong: said with the command's usage. */
export class Usage extends Error {}

/** A `boolean` may be said both ways (`--no-…`), a `switch` only on. */
export type FieldType =
  | 'text'
  | 'text-or-null'
  | 'integer'
  | 'integer-or-null'
  | 'boolean'
  | 'switch'
  | 'tags'
  | 'list'
  | 'time';

/** Fields of a body (or query), each the kebab-case of its name on the command line. */
export type Fields = Readonly<Record<string, FieldType>>;

/** Which flags a command takes. */
export interface Takes {
  readonly fields: Fields;
  /**
   * `--wait`: until what it changed is known everywhere (`effects`), or until what it started has
   * ended (`end`).
   */
  readonly waits?: 'effects' | 'end';
  /** It asks no platform. */
  readonly offline?: true;
}

/** `--tenant` goes with every call, but where the flag is a field of the body. */
export const takesTenant = ({ fields, offline }: Takes): boolean =>
  offline !== true && fields['tenant'] === undefined;

export interface Words {
  readonly positionals: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  /** `--wait`: how long at most; null: not at all. */
  readonly waitSeconds: number | null;
  /** `--tenant`: whose things are meant; null: those of the token's own tenant. */
  readonly tenant: string | null;
}

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const flagOf = (name: string): string => `--${kebab(name)}`;

export function flagsOf(fields: Fields, required: readonly string[]): string {
  return Object.entries(fields)
    .map(([name, type]) => {
      if (required.includes(name)) return `${flagOf(name)} …`;
      if (type === 'switch') return `[${flagOf(name)}]`;
      return type === 'boolean' ? `[--[no-]${kebab(name)}]` : `[${flagOf(name)} …]`;
    })
    .join(' ');
}

function toValue(name: string, type: FieldType, raw: string): unknown {
  if (raw === 'null' && type.endsWith('-or-null')) return null;
  if (type.startsWith('integer')) {
    if (!/^-?\d+$/.test(raw)) throw new Usage(`${flagOf(name)} takes a whole number`);
    return Number(raw);
  }
  if (type === 'list') return raw.split(',').filter((part) => part !== '');
  return type === 'time' ? toTime(name, raw) : raw;
}

function toTime(name: string, raw: string): string {
  const at = parseRfc3339(raw);
  if (at !== null) return toRfc3339(at);
  throw new Usage(`${flagOf(name)} takes a time as RFC 3339 has it, e.g. 2027-01-31T12:00:00Z`);
}

/** `--tag site=north --tag floor=2` → {site:'north',floor:'2'} */
function toTags(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const split = pair.indexOf('=');
      if (split < 1) throw new Usage('--tags takes name=value (several times)');
      return [pair.slice(0, split), pair.slice(split + 1)];
    }),
  );
}

/** Of effects: at most, and where `--wait` says nothing else. */
const EFFECTS_SECONDS = 60;
/** Of what takes its time: a day at most; where `--wait` says nothing else, until it has ended. */
const END_SECONDS = 86_400;
const UNSAID = 'unsaid';

function waitSecondsOf(raw: unknown, waits: Takes['waits']): number | null {
  if (raw === undefined) return null;
  const longest = waits === 'end' ? END_SECONDS : EFFECTS_SECONDS;
  if (raw === UNSAID) return waits === 'end' ? Infinity : longest;
  const seconds = Number(raw);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= longest) return seconds;
  throw new Usage(`--wait takes whole seconds, 0 to ${longest}`);
}

type Options = Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>;

function optionsOf(takes: Takes): Options {
  const options: Options = { json: { type: 'boolean' } };
  if (takes.waits !== undefined) options['wait'] = { type: 'string' };
  if (takesTenant(takes)) options['tenant'] = { type: 'string' };
  for (const [name, type] of Object.entries(takes.fields))
    options[kebab(name)] =
      type === 'boolean' || type === 'switch'
        ? { type: 'boolean' }
        : { type: 'string', multiple: type === 'tags' };
  return options;
}

function tenantOf(raw: unknown): string | null {
  if (raw === undefined) return null;
  if (typeof raw === 'string' && /^[a-z0-9-]{1,32}$/.test(raw)) return raw;
  throw new Usage('--tenant takes 1 to 32 of a-z 0-9 -');
}

/** Reads the words after a command's name. Throws {@link Usage}. */
export function parseWords(args: readonly string[], takes: Takes): Words {
  const { fields } = takes;
  let parsed;
  try {
    parsed = parseArgs({
      args: args.map((word) => (word === '--wait' ? `--wait=${UNSAID}` : word)),
      options: optionsOf(takes),
      allowPositionals: true,
      allowNegative: true,
      strict: true,
    });
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : String(error));
  }
  const values: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(fields)) {
    const raw = parsed.values[kebab(name)];
    if (raw === undefined) continue;
    if (Array.isArray(raw)) values[name] = toTags(raw.map(String));
    else values[name] = typeof raw === 'string' ? toValue(name, type, raw) : raw;
  }
  return {
    positionals: parsed.positionals,
    fields: values,
    json: parsed.values['json'] === true,
    waitSeconds: waitSecondsOf(parsed.values['wait'], takes.waits),
    tenant: takesTenant(takes) ? tenantOf(parsed.values['tenant']) : null,
  };
}
