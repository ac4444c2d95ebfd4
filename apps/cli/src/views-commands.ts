import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import type { Answer } from './api-client.ts';
import { atRest, runs } from './at-rest.ts';
import type { Command, Context } from './command.types.ts';
import type { Words } from './flags.ts';
import { list } from './list-command.ts';
import { card, grouped, rowsOf, table } from './output.ts';
import { onOneLine } from './printable.ts';
import { createProgress } from './progress.ts';
import { NOT_APPLIED, showWrite } from './simple-commands.ts';

const viewsOf = (body: JsonObject) => rowsOf({ data: body['views'] });

/** `verify: 120,000 of 400,000 positions` */
function checkLine({ kind, position, head }: JsonObject): string {
  return `${String(kind)}: ${grouped(Number(position))} of ${grouped(Number(head))} positions`;
}

/** Where a view first says something else than the log. */
function differences(body: JsonObject): readonly string[] {
  return viewsOf(body).flatMap(({ view, equal, difference }) => {
    if (equal === true) return [];
    const of: JsonObject = isJsonObject(difference) ? difference : {};
    const shown = {
      view,
      key: of['key'],
      path: of['path'],
      inView: of['inView'],
      inLog: of['inLog'],
    };
    return [`the first difference:\n${card(shown)}`];
  });
}

function showCheck(body: JsonObject, words: Words, { output }: Context): void {
  if (words.json) return output.out(JSON.stringify(body));
  const compared = body['kind'] === 'rebuild' ? [] : ['equal'];
  const views = viewsOf(body);
  if (views.length > 0) output.out(table(views, ['view', ...compared, 'rows']));
  if (body['kind'] !== 'rebuild') for (const text of differences(body)) output.out(text);
  if (typeof body['detail'] === 'string') output.err(onOneLine(body['detail']));
  if (runs(body)) output.err(checkLine(body));
}

/** 0 where it has ended, and each view that was compared is equal to the log. */
function checkCode(body: JsonObject): number {
  if (runs(body)) return NOT_APPLIED;
  if (body['kind'] === 'rebuild') return body['state'] === 'done' ? 0 : 1;
  return body['state'] === 'done' && viewsOf(body).every(({ equal }) => equal === true) ? 0 : 1;
}

async function followCheck({ body: started }: Answer, words: Words, context: Context) {
  const checkId = isJsonObject(started) ? String(started['checkId']) : '';
  const progress = createProgress(context.output, words.json);
  const path = `/view-checks/${encodeURIComponent(checkId)}`;
  const seconds = words.waitSeconds ?? Infinity;
  const body = await atRest(path, seconds, context, (learnt) =>
    progress.show(() => checkLine(learnt)),
  ).finally(progress.end);
  showCheck(body, words, context);
  return checkCode(body);
}

const viewsVerify: Command = {
  name: 'views verify',
  help: 'Compares each view with the log and names the first difference; waits for the end, exit 1 where one is not equal.',
  example: 'views verify --wait=600',
  positionals: [],
  fields: {},
  waits: 'end',
  run: async (words, context) =>
    followCheck(await context.api.send('POST', '/views/verify'), words, context),
};

const viewsRebuild: Command = {
  name: 'views rebuild',
  help: 'Builds a view anew beside the old one, which answers until they are switched.',
  example: 'views rebuild devices --wait',
  positionals: ['view'],
  fields: {},
  waits: 'end',
  run: async (words, context) => {
    const path = `/views/${encodeURIComponent(words.positionals[0] ?? '')}/rebuild`;
    const answer = await context.api.send('POST', path);
    if (words.waitSeconds === null) return showWrite(answer, words, context);
    return followCheck(answer, words, context);
  },
};

export const VIEW_COMMANDS: readonly Command[] = [
  list({
    name: 'views list',
    help: 'Lists views with how far each has come.',
    example: 'views list',
    path: () => '/views',
    columns: ['view', 'version', 'position', 'head', 'rows'],
  }),
  viewsVerify,
  viewsRebuild,
];
