import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import type { Answer } from '../api-client.ts';
import { atRest, runs } from '../at-rest.ts';
import type { Command, Context } from '../command.types.ts';
import type { Words } from '../flags.ts';
import { list } from '../list-command.ts';
import { card } from '../output.ts';
import { createProgress } from '../progress.ts';
import { NOT_APPLIED, showWrite } from '../simple-commands.ts';
import { jobLine, jobPath } from './job.ts';
import { jobSecrets } from './secrets.ts';

const JOB = '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b20';

async function waitFor(
  path: string,
  seconds: number,
  words: Words,
  context: Context,
): Promise<JsonObject> {
  const progress = createProgress(context.output, words.json);
  const body = await atRest(path, seconds, context, (learnt) =>
    progress.show(() => jobLine(learnt)),
  ).finally(progress.end);
  return body;
}

const jobGet: Command = {
  name: 'jobs get',
  help: 'Shows how far an import is; with --wait at its end, exit 1 where it failed.',
  example: `jobs get ${JOB} --wait`,
  positionals: ['jobId'],
  fields: {},
  waits: 'end',
  run: async (words, context) => {
    const waits = words.waitSeconds !== null;
    const path = jobPath(words.positionals[0] ?? '');
    const body = await waitFor(path, words.waitSeconds ?? 0, words, context);
    context.output.out(words.json ? JSON.stringify(body) : card(body));
    if (waits && runs(body)) return NOT_APPLIED;
    return waits && body['state'] === 'failed' ? 1 : 0;
  },
};

const bodyOf = ({ body }: Answer): JsonObject => (isJsonObject(body) ? body : {});

async function showUndo(answer: Answer, words: Words, context: Context): Promise<number> {
  const code = await showWrite(answer, words, context);
  return bodyOf(answer)['state'] === 'failed' ? 1 : code;
}

const jobUndo: Command = {
  name: 'jobs undo',
  help: 'Takes an import back: its devices end, but those that were activated since, which `jobs rows --state kept` names.',
  example: `jobs undo ${JOB} --wait`,
  positionals: ['jobId'],
  fields: {},
  waits: 'end',
  run: async (words, context) => {
    const path = jobPath(words.positionals[0] ?? '');
    const undo = (): Promise<Answer> => context.api.send('POST', `${path}/undo`);
    const answer = await undo();
    if (words.waitSeconds === null || !runs(bodyOf(answer)))
      return showUndo(answer, words, context);
    const body = await waitFor(path, words.waitSeconds, words, context);
    // What was deleted since the answer has later positions: a repetition tells the last.
    if (!runs(body)) return showUndo(await undo(), words, context);
    await showWrite({ ...answer, body }, { ...words, waitSeconds: null }, context);
    return NOT_APPLIED;
  },
};

export const JOB_COMMANDS: readonly Command[] = [
  jobGet,
  list({
    name: 'jobs rows',
    help: 'What became of each row of an import, a page at a time.',
    example: `jobs rows ${JOB} --state refused --all`,
    positional: 'jobId',
    path: (id) => `/jobs/${id}/rows`,
    fields: { state: 'text' },
    paged: 'one-page',
    columns: ['row', 'state', 'deviceKey', 'deviceId', 'code', 'detail'],
  }),
  jobSecrets,
  jobUndo,
];
