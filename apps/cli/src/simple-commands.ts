import type { Answer } from './api-client.ts';
import type { Command, Context } from './command.types.ts';
import { deviceIdOf } from './device-ref.ts';
import { effectsLine, waitedFor, type Waited } from './effects.ts';
import type { Fields, Words } from './flags.ts';
import { card } from './output.ts';

const NO_FIELDS: Fields = {};
/** Not applied everywhere when the wait ended. */
export const NOT_APPLIED = 4;

export interface ReadSpec {
  readonly name: string;
  readonly help: string;
  readonly example: string;
  readonly positional?: string;
  readonly fields?: Fields;
  readonly path: (key: string) => string;
}

export const positionalsOf = ({ positional }: ReadSpec): readonly string[] =>
  positional === undefined ? [] : [positional];

/** The first word, as it stands in a path. A device may be named by product and key. */
export async function keyOf(spec: ReadSpec, words: Words, context: Context): Promise<string> {
  const word = words.positionals[0] ?? '';
  const key = spec.positional === 'deviceId' ? await deviceIdOf(word, context) : word;
  return encodeURIComponent(key);
}

interface GetSpec extends ReadSpec {
  /** The body as it is shown. */
  readonly shown?: (body: unknown) => unknown;
}

/** Shows one resource. */
export function get(spec: GetSpec): Command {
  const { name, help, example } = spec;
  return {
    ...{ name, help, example, positionals: positionalsOf(spec), fields: NO_FIELDS },
    run: async (words, context) => {
      const { body } = await context.api.get(spec.path(await keyOf(spec, words, context)));
      const { shown = (whole) => whole } = spec;
      context.output.out(words.json ? JSON.stringify(body) : card(shown(body)));
      return 0;
    },
  };
}

interface WriteSpec extends ReadSpec {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  /** The body's field that the positional word stands for, on creation. */
  readonly keyField?: string;
  readonly required?: readonly string[];
  readonly waits?: 'effects';
  /** Said besides to who reads what was answered. */
  readonly note?: string;
}

function jsonOf({ body, position }: Answer, waited: Waited | null): object {
  return {
    ...(typeof body === 'object' ? body : {}),
    ...(position === null ? {} : { position: Number(position) }),
    ...(waited === null ? {} : { effects: waited.effects }),
  };
}

/**
 * Shows what a write answered, waits for its effects where that is asked, and prints its position
 * last, on a line of its own.
 */
export async function showWrite(answer: Answer, words: Words, context: Context): Promise<number> {
  const { output } = context;
  const { body, position } = answer;
  const waited = await waitedFor(position, words, context);
  if (words.json) output.out(JSON.stringify(jsonOf(answer, waited)));
  else {
    const text = card(body);
    if (text !== '') output.out(text);
    if (waited !== null) output.out(effectsLine(waited));
    if (position !== null) output.out(position);
  }
  return waited === null || waited.done ? 0 : NOT_APPLIED;
}

/** Changes something; flags are the body. */
export function write(spec: WriteSpec): Command {
  const { name, help, example, keyField, required, waits } = spec;
  return {
    ...{ name, help, example, positionals: positionalsOf(spec), fields: spec.fields ?? NO_FIELDS },
    ...(required === undefined ? {} : { required }),
    ...(waits === undefined ? {} : { waits }),
    run: async (words, context) => {
      const [word] = words.positionals;
      const named = keyField === undefined || word === undefined ? {} : { [keyField]: word };
      const body = spec.method === 'DELETE' ? undefined : { ...named, ...words.fields };
      const path = spec.path(await keyOf(spec, words, context));
      const code = await showWrite(await context.api.send(spec.method, path, body), words, context);
      if (spec.note !== undefined && !words.json) context.output.err(spec.note);
      return code;
    },
  };
}
