import type { Answer } from './api-client.ts';
import type { Command, Context } from './command.types.ts';
import { deviceIdOf } from './device-ref.ts';
import { effectsLine, waitForEffects, type Waited } from './effects.ts';
import type { Fields, Words } from './flags.ts';
import { card, rowsOf, table, type Row } from './output.ts';

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

const positionalsOf = ({ positional }: ReadSpec): readonly string[] =>
  positional === undefined ? [] : [positional];

/** The first word, as it stands in a path. A device may be named by product and key. */
async function keyOf(spec: ReadSpec, words: Words, context: Context): Promise<string> {
  const word = words.positionals[0] ?? '';
  const key = spec.positional === 'deviceId' ? await deviceIdOf(word, context) : word;
  return encodeURIComponent(key);
}

/** Shows one resource. */
export function get(spec: ReadSpec): Command {
  const { name, help, example } = spec;
  return {
    ...{ name, help, example, positionals: positionalsOf(spec), fields: NO_FIELDS },
    run: async (words, context) => {
      const { body } = await context.api.get(spec.path(await keyOf(spec, words, context)));
      context.output.out(words.json ? JSON.stringify(body) : card(body));
      return 0;
    },
  };
}

const PAGED: Fields = { limit: 'integer', cursor: 'text' };

interface ListSpec extends ReadSpec {
  readonly columns: readonly string[];
  /** The API answers page by page. */
  readonly paged?: true;
  /** Said above the rows. */
  readonly summary?: (body: unknown) => string;
  /** A row as it is shown. */
  readonly shown?: (row: Row) => Row;
}

/**
 * Shows rows, all pages of them; one page with --json, or where --limit or --cursor asks for one.
 */
export function list(spec: ListSpec): Command {
  const { name, help, example, paged } = spec;
  return {
    ...{ name, help, example, positionals: positionalsOf(spec) },
    fields: { ...spec.fields, ...(paged ? PAGED : NO_FIELDS) },
    run: async (words, context) => {
      const path = spec.path(await keyOf(spec, words, context));
      const query = toQuery(words.fields);
      const { body } = await context.api.get(path, query);
      if (words.json) {
        context.output.out(JSON.stringify(body));
        return 0;
      }
      if (spec.summary !== undefined) context.output.out(spec.summary(body));
      const single = 'limit' in query || 'cursor' in query;
      const rows = single ? rowsOf(body) : await allRows(body, path, query, context);
      context.output.out(table(rows.map(spec.shown ?? ((row) => row)), spec.columns));
      const cursor = cursorOf(body);
      if (single && cursor !== null) context.output.err(`more: --cursor ${cursor}`);
      return 0;
    },
  };
}

type Query = Readonly<Record<string, string>>;

async function allRows(
  body: unknown,
  path: string,
  query: Query,
  { api }: Context,
): Promise<readonly Row[]> {
  const rows = [...rowsOf(body)];
  let page = body;
  for (let cursor = cursorOf(page); cursor !== null; cursor = cursorOf(page)) {
    page = (await api.get(path, { ...query, cursor })).body;
    rows.push(...rowsOf(page));
  }
  return rows;
}

function cursorOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('nextCursor' in body)) return null;
  return typeof body.nextCursor === 'string' ? body.nextCursor : null;
}

function toQuery(fields: Readonly<Record<string, unknown>>): Query {
  const pairs = Object.entries(fields).flatMap(([name, value]): [string, string][] =>
    name === 'tags' && typeof value === 'object' && value !== null
      ? Object.entries(value).map(([tag, text]) => [`tag.${tag}`, String(text)])
      : [[name, String(value)]],
  );
  return Object.fromEntries(pairs);
}

interface WriteSpec extends ReadSpec {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  /** The body's field that the positional word stands for, on creation. */
  readonly keyField?: string;
  readonly required?: readonly string[];
  readonly waits?: true;
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
  const asked = words.waitSeconds !== null && position !== null;
  const waited = asked ? await waitForEffects(position, words.waitSeconds, context) : null;
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
      return showWrite(await context.api.send(spec.method, path, body), words, context);
    },
  };
}
