import { parseArgs } from 'node:util';

/** The words after the command were wrong: said with the command's usage. */
export class Usage extends Error {}

export type FieldType =
  'text' | 'integer' | 'integer-or-null' | 'text-or-null' | 'boolean' | 'tags';

/** Fields of a body (or query), each the kebab-case of its name on the command line. */
export type Fields = Readonly<Record<string, FieldType>>;

export interface Words {
  readonly positionals: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  /** `--wait`: how long at most; null: not at all. */
  readonly waitSeconds: number | null;
}

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const flagOf = (name: string): string => `--${kebab(name)}`;

export function flagsOf(fields: Fields, required: readonly string[]): string {
  return Object.entries(fields)
    .map(([name, type]) => {
      if (required.includes(name)) return `${flagOf(name)} …`;
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
  return raw;
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

/** At most, and where `--wait` says nothing else. */
const WAIT_SECONDS = 60;

function waitSecondsOf(raw: unknown): number | null {
  if (raw === undefined) return null;
  const seconds = Number(raw);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= WAIT_SECONDS) return seconds;
  throw new Usage(`--wait takes whole seconds, 0 to ${WAIT_SECONDS}`);
}

/** Reads the words after a command's name. Throws {@link Usage}. */
export function parseWords(args: readonly string[], fields: Fields, waits = false): Words {
  const options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }> = {
    json: { type: 'boolean' },
    ...(waits ? { wait: { type: 'string' as const } } : {}),
  };
  for (const [name, type] of Object.entries(fields))
    options[kebab(name)] =
      type === 'boolean' ? { type: 'boolean' } : { type: 'string', multiple: type === 'tags' };
  let parsed;
  try {
    parsed = parseArgs({
      args: args.map((word) => (word === '--wait' ? `--wait=${WAIT_SECONDS}` : word)),
      options,
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
    waitSeconds: waitSecondsOf(parsed.values['wait']),
  };
}
