import { createHash, randomUUID } from 'node:crypto';
import type { Answer } from '../api-client.ts';
import { atRest } from '../at-rest.ts';
import type { Command, Context } from '../command.types.ts';
import { effectsLine, waitedFor } from '../effects.ts';
import { BrokenOff, Interrupted } from '../failures.ts';
import type { Words } from '../flags.ts';
import { importCode, reportImport } from '../jobs/report.ts';
import { jobLine, jobPath, toJob, type Job } from '../jobs/job.ts';
import { patiently } from '../patience.ts';
import { createProgress, sentLine, type Progress } from '../progress.ts';
import { NOT_APPLIED } from '../simple-commands.ts';
import { contentTypeOf, openSource, type Source } from './source.ts';

/** One import, as it is sent, and sent again. */
interface Plan {
  readonly source: Source;
  readonly contentType: string;
  readonly query: string;
  readonly idempotencyKey: string;
}

function queryOf({ dryRun, productKey }: Words['fields']): string {
  const query = new URLSearchParams();
  if (dryRun === true) query.set('dryRun', 'true');
  if (typeof productKey === 'string') query.set('productKey', productKey);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/**
 * The same content, asked for in the same way, has the same key: a second try goes on where the
 * first one stopped, also in another process.
 */
function keyOf({ file }: Source, asked: readonly string[]): string {
  if (file === null) return `import-${randomUUID()}`;
  const hash = createHash('sha256').update([...asked, file.sha256].join('\n'));
  return `import-${hash.digest('hex')}`;
}

async function planOf(words: Words, { stdin }: Context): Promise<Plan> {
  const { fields, positionals, tenant } = words;
  const [name = ''] = positionals;
  const contentType = contentTypeOf(name, fields['format']);
  const source = await openSource(name, stdin);
  const query = queryOf(fields);
  const { idempotencyKey = keyOf(source, [tenant ?? '', contentType, query]) } = fields;
  return { source, contentType, query, idempotencyKey: String(idempotencyKey) };
}

/** For whoever has the content after it broke off. */
function howToGoOn({ source, idempotencyKey }: Plan): string {
  return source.file === null
    ? `The same content with --idempotency-key ${idempotencyKey} goes on where it stopped.`
    : 'The same command goes on where it stopped.';
}

const broke = (error: unknown): boolean =>
  error instanceof BrokenOff || error instanceof Interrupted;

const LINE_FEED = 0x0a;

/** One try, from the first byte: the platform repeats no row that it has taken. */
function send(plan: Plan, { upload }: Context, progress: Progress): Promise<Answer> {
  const begun = performance.now();
  const { source, contentType, query, idempotencyKey } = plan;
  let [bytes, rows] = [0, 0];
  const line = (): string => {
    const seconds = (performance.now() - begun) / 1_000;
    return sentLine({ bytes, rows, seconds, totalBytes: source.file?.bytes ?? null });
  };
  return upload({
    path: `/devices/import${query}`,
    headers: { 'content-type': contentType, 'idempotency-key': idempotencyKey },
    parts: source.open(),
    onSent: (part) => {
      bytes += part.length;
      for (let at = part.indexOf(LINE_FEED); at >= 0; at = part.indexOf(LINE_FEED, at + 1))
        rows += 1;
      progress.show(line);
    },
  });
}

/** Standard input can be read once. */
function sendPatiently(plan: Plan, context: Context, progress: Progress): Promise<Answer> {
  const { output, signal } = context;
  return patiently(() => send(plan, context, progress), {
    signal,
    begun: false,
    again: (error, tries) => {
      progress.end();
      if (plan.source.file === null) throw error;
      const why = error instanceof Error ? error.message : String(error);
      output.err(`${why} Sending again, ${tries}; what was taken is not repeated.`);
    },
  });
}

/** Of the last thing that the import did; 0 where it did nothing: tried, or had done it before. */
function positionOf({ body }: Job, { position }: Answer): string | null {
  const told = body['position'];
  return typeof told === 'number' ? String(told) : position;
}

async function show(job: Job, answer: Answer, words: Words, context: Context): Promise<number> {
  const { output } = context;
  const position = positionOf(job, answer);
  const last = position === '0' ? null : position;
  const waited = await waitedFor(last, words, context);
  const late = waited !== null && !waited.done ? NOT_APPLIED : 0;
  if (words.json) {
    const of = position === null ? {} : { position: Number(position) };
    output.out(JSON.stringify({ ...job.body, ...of, ...(waited && { effects: waited.effects }) }));
    return importCode(job) || late;
  }
  const code = await reportImport(job, words.fields['dryRun'] === true, context);
  if (waited !== null) output.out(effectsLine(waited));
  if (last !== null) output.out(last);
  return code || late;
}

export const devicesImport: Command = {
  name: 'devices import',
  help: 'Registers the devices of a file, row by row, and waits for the end; exit 1 where a row was refused.',
  example: 'devices import fleet.csv --product-key thermo --dry-run',
  positionals: ['file'],
  fields: {
    dryRun: 'switch',
    productKey: 'text',
    format: 'text',
    idempotencyKey: 'text',
  },
  waits: 'effects',
  run: async (words, context) => {
    const plan = await planOf(words, context);
    const progress = createProgress(context.output, words.json);
    try {
      const answer = await sendPatiently(plan, context, progress);
      const { jobId } = toJob(answer.body);
      const body = await atRest(jobPath(jobId), Infinity, context, (learnt) =>
        progress.show(() => jobLine(learnt)),
      );
      progress.end();
      return await show(toJob(body), answer, words, context);
    } catch (error) {
      progress.end();
      if (broke(error)) context.output.err(howToGoOn(plan));
      throw error;
    } finally {
      progress.end();
    }
  },
};
