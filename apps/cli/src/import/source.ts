import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { Usage } from '../flags.ts';

/** What is imported: read part by part, never held whole. */
export interface Source {
  /** Null: not known, and to be read once alone. */
  readonly file: { readonly bytes: number; readonly sha256: string } | null;
  open(): AsyncIterable<Uint8Array>;
}

const PART_BYTES = 65_536;

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: 1_048_576 }))
    hash.update(part as Uint8Array);
  return hash.digest('hex');
}

/** The file of a name, or standard input for `-`. Throws {@link Usage} where it cannot be read. */
export async function openSource(name: string, stdin: AsyncIterable<Uint8Array>): Promise<Source> {
  if (name === '-') return { file: null, open: () => stdin };
  try {
    const stats = statSync(name);
    if (!stats.isFile()) throw new Usage(`${name} is no file`);
    return {
      file: { bytes: stats.size, sha256: await sha256Of(name) },
      open: () => createReadStream(name, { highWaterMark: PART_BYTES }),
    };
  } catch (error) {
    if (error instanceof Usage) throw error;
    throw new Usage(`${name} cannot be read: is it there, and yours?`, { cause: error });
  }
}

const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['csv', 'text/csv'],
  ['ndjson', 'application/x-ndjson'],
  ['jsonl', 'application/x-ndjson'],
]);

/** By `--format`, else by the file's ending. Throws {@link Usage} where neither tells. */
export function contentTypeOf(name: string, format: unknown): string {
  const ending = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase();
  const found = CONTENT_TYPES.get(typeof format === 'string' ? format : (ending ?? ''));
  if (found !== undefined) return found;
  throw new Usage(
    format === undefined
      ? `what ${name === '-' ? 'standard input' : name} holds is not known: --format csv or ndjson`
      : '--format is csv or ndjson',
  );
}
