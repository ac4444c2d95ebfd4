import { createReadStream } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command, Context } from '../command.types.ts';
import { Usage } from '../flags.ts';
import type { Output } from '../output.ts';
import { patiently } from '../patience.ts';
import { jobPath } from './job.ts';

type Parts = AsyncIterable<Uint8Array>;

/** The lines of a text that comes in parts, without their ends. */
async function* linesOf(parts: Parts): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of parts) {
    const lines = `${rest}${decoder.decode(part, { stream: true })}`.split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** The same rows as one JSON document: the heads are their names. */
async function printJson(parts: Parts, output: Output): Promise<void> {
  let heads: readonly string[] | null = null;
  let before = '{"data":[';
  for await (const line of linesOf(parts)) {
    // Keys, ids and allocated secrets hold no comma and no quotation mark.
    const cells = line.split(',');
    if (heads !== null) {
      const row = Object.fromEntries(heads.map((head, at) => [head, cells[at] ?? '']));
      output.out(`${before}${JSON.stringify(row)}`);
      before = ',';
    }
    heads ??= cells;
  }
  output.out(before === ',' ? ']}' : `${before}]}`);
}

/** A file of the caller's own that was not there before. Throws {@link Usage} where it was. */
async function create(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (cause) {
    const there = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const why = there ? 'is there already; secrets replace no file' : 'cannot be written';
    throw new Usage(`${file} ${why}`, { cause });
  }
}

/** What did not come whole leaves no file. */
async function save(parts: Parts, file: string): Promise<void> {
  const handle = await create(file);
  try {
    await pipeline(parts, handle.createWriteStream({ flush: true }));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

async function countRows(file: string): Promise<number> {
  let lines = 0;
  for await (const _ of linesOf(createReadStream(file))) lines += 1;
  return Math.max(0, lines - 1);
}

/** A download that broke off is not the one that may be had: it is asked for again. */
async function saveWhole(path: string, file: string, context: Context): Promise<number> {
  const { api, output, signal } = context;
  await patiently(() => save(api.download(path), file), {
    signal,
    begun: false,
    again: (error, tries) =>
      output.err(`${error instanceof Error ? error.message : String(error)} Again, ${tries}.`),
  });
  return countRows(file);
}

export const jobSecrets: Command = {
  name: 'jobs secrets',
  help: 'The secrets that an import made, as CSV, once: keep them. Needs the scope secrets:read.',
  example: 'jobs secrets 0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b20 --out secrets.csv',
  positionals: ['jobId'],
  fields: { out: 'text' },
  run: async (words, context) => {
    const { output, api } = context;
    const path = `${jobPath(words.positionals[0] ?? '')}/secrets`;
    const { out: file } = words.fields;
    if (typeof file === 'string') {
      const rows = await saveWhole(path, file, context);
      if (words.json) output.out(JSON.stringify({ file, rows }));
      else
        output.out(`${rows} secrets are in ${file}, for its owner alone; they are not given again`);
      return 0;
    }
    if (words.json) await printJson(api.download(path), output);
    else for await (const line of linesOf(api.download(path))) output.out(line);
    return 0;
  },
};
