import { join } from 'node:path';
import { specDatabase } from '@tallystick/event-store/testing';
import { figureOf, quantile, type MeasuredFigure } from '../figure.ts';
import { startChild, type Child } from '../parts/child.ts';
import type { Bench, World } from '../world.ts';
import type { Database, FleetAnswer, FleetQuestion } from './fleet.types.ts';

type Kind = 'SQLite' | 'PostgreSQL';

/** SQLite's figures have the bare names. */
const named = (name: string, kind: Kind): string => (kind === 'SQLite' ? name : `${name} ${kind}`);
const KINDS: readonly Kind[] = ['SQLite', 'PostgreSQL'];
const NAMES = ['rebuild', 'list p99', 'search p99'];
const MEMORY = 'memory at 1000000 devices';
const DISK = 'disk at 1000000 devices';
const NODE = ['--expose-gc'];
const ASK_MS = 1_200_000;
const P99 = 0.99;
const MB = 2 ** 20;

type Measured = Readonly<Record<'filled' | 'rebuilt' | 'bare' | 'asked' | 'weighed', FleetAnswer>>;

async function databaseOf({ scope, stack }: World, kind: Kind): Promise<Database> {
  const file = join(scope.folder(), 'store.sqlite');
  if (kind === 'SQLite') return { databaseUrl: null, file };
  const database = specDatabase((await stack()).databaseUrl, 'bench');
  await database.create();
  scope.keep({ stop: () => database.drop() });
  return { databaseUrl: database.url, file };
}

async function measure(world: World, kind: Kind): Promise<Measured> {
  const { scope, sizes, say } = world;
  const devices = sizes.of(1_000_000, 2_000);
  const database = await databaseOf(world, kind);
  const child: Child<FleetQuestion, FleetAnswer> = scope.keep(
    await startChild<FleetQuestion, FleetAnswer>(new URL('fleet.child.ts', import.meta.url), NODE),
  );
  const ask = (question: FleetQuestion): Promise<FleetAnswer> => child.ask(question, ASK_MS);
  say(`${kind}: a log of ${devices} devices, and its views`);
  const filled = await ask({ ask: 'fill', database, devices });
  say(`${kind}: lists and searches`);
  const asked = await ask({ ask: 'lists', turns: sizes.of(150, 3) });
  const weighed = await ask({ ask: 'weight' });
  say(`${kind}: all views anew, and their rows bare`);
  const rebuilt = await ask({ ask: 'rebuild' });
  const bare = await ask({ ask: 'bare rows' });
  await child.stop();
  return { filled, rebuilt, bare, asked, weighed };
}

const rateOf = ({ events, seconds }: FleetAnswer): number => events / seconds;

function rebuildFigure(kind: Kind, { filled, rebuilt, bare }: Measured): MeasuredFigure {
  const most = (rebuilt.mostBytes / MB).toFixed(0);
  return figureOf({
    ...{
      name: named('rebuild', kind),
      unit: 'events/s',
      rounds: [rateOf(filled), rateOf(rebuilt)],
    },
    peer: { name: 'the same rows read and inserted bare, indexed last', rounds: [rateOf(bare)] },
    aim: { of: 'value', is: 'at least', than: 50_000 },
    boundBy:
      'the database: rows, their indexes, and that it writes each page to its own log first; reading by stream and folding are a fifth of the CPU. Tried: a row document of 250 for PostgreSQL (half of what parameters cost), counts folded beside the rows, larger pages (no gain)',
    note: `all views of ${filled.events.toLocaleString('en')} events on ${kind}: at a start without views, then beside those that are asked; at most ${most} MB of memory`,
  });
}

function listFigures(kind: Kind, { asked }: Measured): readonly MeasuredFigure[] {
  return (['list', 'search'] as const).map((what) =>
    figureOf({
      ...{ name: named(`${what} p99`, kind), unit: 'ms', rounds: asked[what] },
      value: quantile(asked[what], P99),
      peer: {
        name: 'a bare page of 100 rows by their key, p99',
        rounds: asked.bare,
        value: quantile(asked.bare, P99),
      },
      aim: { of: 'value', is: 'at most', than: 20 },
      boundBy: 'rows that are looked at for a page: where two filters pick many each, few together',
      note: `${asked[what].length} pages of 100 on ${kind}, of the whole tenant and of a product; the slowest of all: ${asked.slowest}`,
    }),
  );
}

function weightFigures({ filled, weighed }: Measured): readonly MeasuredFigure[] {
  return [
    figureOf({
      ...{ name: MEMORY, unit: 'MB', rounds: [weighed.privateBytes / MB] },
      boundBy:
        'two page caches of SQLite, 64 MB each, and what building leaves in the heap and the allocator: nothing is kept for each device',
      note: 'growth of private memory of a process that has built the views and answered the lists, after a collection',
    }),
    figureOf({
      ...{ name: DISK, unit: 'MB', rounds: [weighed.diskBytes / MB] },
      peer: { name: 'the log and presence alone', rounds: [filled.diskBytes / MB] },
      boundBy: 'the device’s state as one document in the view, and six indexes',
    }),
  ];
}

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const figures: MeasuredFigure[] = [];
  for (const kind of KINDS) {
    const measured = await measure(world, kind);
    figures.push(rebuildFigure(kind, measured), ...listFigures(kind, measured));
    if (kind === 'SQLite') figures.push(...weightFigures(measured));
  }
  return figures;
}

export const fleetBench: Bench = {
  id: 'fleet',
  names: [...KINDS.flatMap((kind) => NAMES.map((name) => named(name, kind))), MEMORY, DISK],
  run,
};
