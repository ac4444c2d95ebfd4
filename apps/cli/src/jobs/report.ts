import type { Context } from '../command.types.ts';
import { card, grouped, rowsOf, table } from '../output.ts';
import { onOneLine } from '../printable.ts';
import { jobPath, type Job } from './job.ts';

const FIRST_REFUSED = 10;

/** The first rows that were refused, each with why. */
async function firstRefused({ jobId, refused }: Job, { api, output }: Context): Promise<void> {
  const query = { state: 'refused', limit: String(FIRST_REFUSED) };
  const { body } = await api.get(`${jobPath(jobId)}/rows`, query);
  const rows = rowsOf(body);
  if (rows.length === 0) return;
  if (rows.length < refused)
    output.out(`the first ${rows.length} of ${grouped(refused)} refused rows:`);
  output.out(table(rows, ['row', 'deviceKey', 'code', 'detail']));
}

/** What an operator does next, a command a line. */
function nextSteps({ jobId, state, accepted, refused }: Job, dryRun: boolean): string {
  const id = onOneLine(jobId);
  const steps = [
    ...(refused > 0 ? [`jobs rows ${id} --state refused --all    every refused row, and why`] : []),
    ...(dryRun || accepted === 0 || state === 'undone'
      ? []
      : [
          `jobs secrets ${id} --out secrets.csv    the secrets that were made for it, once`,
          `jobs undo ${id}    takes the import back`,
        ]),
  ];
  return steps.map((step) => `next: tallystick ${step}`).join('\n');
}

const TOLD: ReadonlyMap<string, string> = new Map([
  [
    'failed',
    'The import broke off; the rows that were accepted stay. The same command again goes on where it stopped.',
  ],
  [
    'undone',
    'This content was imported before under the same key, and then undone: --idempotency-key with a new word imports it anew.',
  ],
]);

/** How an import ended. Answers the exit code: 0 where it is done and no row was refused. */
export async function reportImport(job: Job, dryRun: boolean, context: Context): Promise<number> {
  const { output } = context;
  output.out(card(job.body));
  if (job.refused > 0) await firstRefused(job, context);
  const told = TOLD.get(job.state) ?? (dryRun ? DRY : '');
  if (told !== '') output.err(told);
  const steps = nextSteps(job, dryRun);
  if (steps !== '') output.err(steps);
  return importCode(job);
}

const DRY = 'A dry run: nothing was made. Without --dry-run the rows are imported.';

export const importCode = ({ state, refused }: Job): number =>
  state === 'done' && refused === 0 ? 0 : 1;
