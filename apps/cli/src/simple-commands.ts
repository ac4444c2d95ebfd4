import type { Answer } from './api-client.ts';
import type { Command, Context } from './command.types.ts';
import type { Fields, Words } from './flags.ts';
import { card, rowsOf, table } from './output.ts';

const NO_FIELDS: Fields = {};

function first(words: Words): string {
  return encodeURIComponent(words.positionals[0] ?? '');
}

function show(answer: Answer, words: Words, { output }: Context): number {
  if (words.json) output.out(JSON.stringify(answer.body));
  else {
    const text = card(answer.body);
    if (text !== '') output.out(text);
    if (answer.position !== null)
      output.err(
        `done at position ${answer.position} (tallystick effects wait ${answer.position})`,
      );
  }
  return 0;
}

interface ReadSpec {
  readonly name: string;
  readonly help: string;
  readonly positional?: string;
  readonly fields?: Fields;
  readonly path: (key: string) => string;
}

/** Shows one resource. */
export function get(spec: ReadSpec): Command {
  return {
    name: spec.name,
    help: spec.help,
    positionals: spec.positional === undefined ? [] : [spec.positional],
    fields: NO_FIELDS,
    run: async (words, context) =>
      show(await context.api.get(spec.path(first(words))), words, context),
  };
}

const PAGED: Fields = { limit: 'integer', cursor: 'text' };

interface ListSpec extends ReadSpec {
  readonly columns: readonly string[];
  /** The API answers page by page. */
  readonly paged?: true;
  /** Said above the rows. */
  readonly summary?: (body: unknown) => string;
}

/** Shows rows, all pages of them; one page with --json, or where --limit or --cursor asks for one. */
export function list(spec: ListSpec): Command {
  return {
    name: spec.name,
    help: spec.help,
    positionals: spec.positional === undefined ? [] : [spec.positional],
    fields: { ...spec.fields, ...(spec.paged ? PAGED : NO_FIELDS) },
    run: async (words, context) => {
      const path = spec.path(first(words));
      const query = toQuery(words.fields);
      const { body } = await context.api.get(path, query);
      if (words.json) {
        context.output.out(JSON.stringify(body));
        return 0;
      }
      if (spec.summary !== undefined) context.output.out(spec.summary(body));
      if ('limit' in query || 'cursor' in query) printPage(body, spec.columns, context);
      else await printPages(body, spec.columns, path, query, context);
      return 0;
    },
  };
}

function printPage(body: unknown, columns: readonly string[], { output }: Context): void {
  output.out(table(rowsOf(body), columns));
  const cursor = cursorOf(body);
  if (cursor !== null) output.err(`more: --cursor ${cursor}`);
}

type Query = Readonly<Record<string, string>>;

async function printPages(
  body: unknown,
  columns: readonly string[],
  path: string,
  query: Query,
  { api, output }: Context,
): Promise<void> {
  const rows = [...rowsOf(body)];
  let page = body;
  for (let cursor = cursorOf(page); cursor !== null; cursor = cursorOf(page)) {
    page = (await api.get(path, { ...query, cursor })).body;
    rows.push(...rowsOf(page));
  }
  output.out(table(rows, columns));
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
}

/** Changes something; flags are the body. */
export function write(spec: WriteSpec): Command {
  return {
    name: spec.name,
    help: spec.help,
    positionals: spec.positional === undefined ? [] : [spec.positional],
    fields: spec.fields ?? NO_FIELDS,
    ...(spec.required === undefined ? {} : { required: spec.required }),
    run: async (words, context) => {
      const key = words.positionals[0];
      const body = {
        ...(spec.keyField === undefined || key === undefined ? {} : { [spec.keyField]: key }),
        ...words.fields,
      };
      const send = spec.method === 'DELETE' ? undefined : body;
      return show(
        await context.api.send(spec.method, spec.path(first(words)), send),
        words,
        context,
      );
    },
  };
}
