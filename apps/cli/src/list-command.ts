import type { Command, Context } from './command.types.ts';
import type { Fields, Words } from './flags.ts';
import { rowsOf, tableByPage, type Row } from './output.ts';
import { onOneLine } from './printable.ts';
import { keyOf, positionalsOf, type ReadSpec } from './simple-commands.ts';

const PAGED: Fields = { limit: 'integer', cursor: 'text', all: 'switch' };

interface ListSpec extends ReadSpec {
  readonly columns: readonly string[];
  /** The API answers page by page: this is shown where the words do not say it. */
  readonly paged?: 'every-page' | 'one-page';
  /** Said above the rows. */
  readonly summary?: (body: unknown) => string;
  /** A row as it is shown. */
  readonly shown?: (row: Row) => Row;
}

/**
 * Shows rows, page by page as they come: every page, or one where --json, --limit or --cursor asks
 * for one; --all always asks for every page.
 */
export function list(spec: ListSpec): Command {
  const { name, help, example, paged } = spec;
  return {
    ...{ name, help, example, positionals: positionalsOf(spec) },
    fields: { ...spec.fields, ...(paged === undefined ? {} : PAGED) },
    run: async (words, context) => {
      const path = spec.path(await keyOf(spec, words, context));
      const query = toQuery(words.fields);
      const single = words.fields['all'] !== true && asksForOne(spec, words);
      const show = words.json ? showJson(context) : showRows(spec, context);
      let next: string | null = null;
      do {
        const page = next === null ? query : { ...query, cursor: next };
        const { body } = await context.api.get(path, page);
        show(body);
        next = cursorBehind(body, page['cursor']);
      } while (!single && next !== null);
      if (next !== null && !words.json) context.output.err(`more: --cursor ${onOneLine(next)}`);
      return 0;
    },
  };
}

function asksForOne({ paged }: ListSpec, { json, fields }: Words): boolean {
  return json || paged === 'one-page' || 'limit' in fields || 'cursor' in fields;
}

const showJson =
  ({ output }: Context) =>
  (body: unknown): void =>
    output.out(JSON.stringify(body));

/** The rows of each page under one head; `(none)` where the only page has none. */
function showRows(spec: ListSpec, { output }: Context): (body: unknown) => void {
  const text = tableByPage(spec.columns);
  let pages = 0;
  return (body) => {
    const rows = rowsOf(body).map(spec.shown ?? ((row) => row));
    pages += 1;
    if (pages === 1 && spec.summary !== undefined) output.out(spec.summary(body));
    if (rows.length > 0) output.out(text(rows));
    else if (pages === 1 && cursorOf(body) === null) output.out('(none)');
  };
}

function cursorOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('nextCursor' in body)) return null;
  return typeof body.nextCursor === 'string' ? body.nextCursor : null;
}

/** Where the next page begins. Throws where that is the page itself: it would never end. */
function cursorBehind(body: unknown, asked: string | undefined): string | null {
  const next = cursorOf(body);
  if (next !== null && next === asked) throw new Error('the list does not go on behind its cursor');
  return next;
}

type Query = Readonly<Record<string, string>>;

function toQuery(fields: Readonly<Record<string, unknown>>): Query {
  const pairs = Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    if (name === 'all') return [];
    return name === 'tags' && typeof value === 'object' && value !== null
      ? Object.entries(value).map(([tag, text]) => [`tag.${tag}`, String(text)])
      : [[name, String(value)]];
  });
  return Object.fromEntries(pairs);
}
