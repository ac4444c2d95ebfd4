import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { specDatabase } from '@tallystick/event-store/testing';
import { createApi, rows, type Api } from '../../e2e/harness/api.ts';
import { startApp } from '../../e2e/harness/app-process.ts';
import { startPlatform } from '../../e2e/harness/platform.ts';
import { cpuMicroseconds } from '../../stack/proc.ts';
import { until } from '../../stack/processes.ts';
import { figureOf, median, type MeasuredFigure } from '../figure.ts';
import { startChild, type Child } from '../parts/child.ts';
import type { Bench, World } from '../world.ts';
import type { BareInserts } from './bare-inserts.types.ts';
import type { Upload, Uploaded } from './upload.types.ts';

const NAMES = { sqlite: 'import SQLite', postgres: 'import PostgreSQL' };
const PRODUCT = 'bench_import';
const ROUNDS = 3;

/** A registry that is asked to import, and whoever must be able to follow. */
interface Importing {
  readonly api: Api;
  readonly port: number;
  readonly pid: number;
  readonly token: string;
}

interface Rounds {
  readonly ours: number[];
  readonly floor: number[];
  /** CPU of the registry's process a device, in us, until the gateway's view had the round. */
  readonly cpu: number[];
  readonly catchUpSeconds: number[];
  /** The most memory that the process has ever held, in MB. */
  mostMemory: number;
}

async function startSqlite({ scope }: World): Promise<Importing> {
  const token = 'admin-token-of-the-bench';
  const home = join(scope.folder(), 'home');
  const app = scope.keep(await startApp('all-in-one', home, { TALLYSTICK_ADMIN_TOKEN: token }));
  const api = createApi(app.url, token);
  return { api, port: app.ports['http'] ?? 0, pid: app.pid, token };
}

async function startPostgres(world: World): Promise<Importing> {
  const { kafkaBrokers, databaseUrl } = await world.stack();
  const platform = world.scope.keep(await startPlatform({ kafkaBrokers, databaseUrl }));
  const [registry] = platform.registries;
  if (registry === undefined) throw new Error('no registry');
  const port = registry.ports['http'] ?? 0;
  return { api: platform.api, port, pid: registry.pid, token: 'admin-token-of-the-journeys' };
}

async function gatewayReaches(api: Api, position: number): Promise<number> {
  const start = performance.now();
  await until(`the gateway's view reaches ${position}`, 900_000, async () =>
    rows(await api('GET', '/gateways')).some((row) => Number(row['bulkPosition']) >= position),
  );
  return (performance.now() - start) / 1000;
}

function mostMemoryOf(pid: number): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(peak) / 1024;
}

/** A fresh database each round, made and dropped where it is PostgreSQL's. */
async function bareInserts(
  world: World,
  floor: Child<BareInserts, number>,
  kind: keyof typeof NAMES,
  count: number,
): Promise<number> {
  if (kind === 'sqlite')
    return floor.ask({ file: join(world.scope.folder(), 'floor.db'), databaseUrl: '', count });
  const database = specDatabase((await world.stack()).databaseUrl, 'bench');
  await database.create();
  try {
    return await floor.ask({ file: null, databaseUrl: database.url, count });
  } finally {
    await database.drop();
  }
}

async function measure(world: World, kind: keyof typeof NAMES, count: number): Promise<Rounds> {
  const { scope, say } = world;
  const { api, port, pid, token } = await (kind === 'sqlite' ? startSqlite : startPostgres)(world);
  await api('POST', '/products', { name: 'Bench', productKey: PRODUCT });
  const client = scope.keep(
    await startChild<Upload, Uploaded>(new URL('upload.child.ts', import.meta.url)),
  );
  const floor = scope.keep(
    await startChild<BareInserts, number>(new URL('bare-inserts.child.ts', import.meta.url)),
  );
  const measured: Rounds = { ours: [], floor: [], cpu: [], catchUpSeconds: [], mostMemory: 0 };
  for (let round = 1; round <= ROUNDS; round += 1) {
    const cpuBefore = cpuMicroseconds(pid);
    const upload = { port, token, productKey: PRODUCT, prefix: `i${round}`, count };
    const { seconds, position } = await client.ask(upload, 900_000);
    measured.ours.push(count / seconds);
    measured.catchUpSeconds.push(await gatewayReaches(api, position));
    measured.cpu.push((cpuMicroseconds(pid) - cpuBefore) / count);
    measured.mostMemory = mostMemoryOf(pid);
    measured.floor.push(await bareInserts(world, floor, kind, count));
    say(`${NAMES[kind]}: round ${round} of ${ROUNDS}: ${(count / seconds).toFixed(0)}/s`);
  }
  return measured;
}

const BEDS = {
  sqlite: 'all-in-one on SQLite with relay, gateway, tracker and views in the same process',
  postgres: 'a registry with relay and views on PostgreSQL and Kafka, beside it a gateway',
};

function toFigure(kind: keyof typeof NAMES, count: number, rounds: Rounds): MeasuredFigure {
  const note = [
    `files of ${count} devices over HTTP, ${BEDS[kind]}`,
    `${median(rounds.cpu).toFixed(0)} us of its CPU a device, all that follows included`,
    `at most ${rounds.mostMemory.toFixed(0)} MB of memory`,
    `the gateway's view had the last device ${median(rounds.catchUpSeconds).toFixed(0)} s after the answer`,
  ];
  return figureOf({
    ...{ name: NAMES[kind], unit: 'devices/s', rounds: rounds.ours },
    peer: {
      name: 'floor: the same rows into the same tables, bare inserts, 1,000 to a commit',
      rounds: rounds.floor,
    },
    aim: { of: 'value', is: 'at least', than: kind === 'sqlite' ? 20_000 : 5_000 },
    boundBy: 'one core of JavaScript: sealing is a third of it, relay and views share the thread',
    note: note.join('; '),
  });
}

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const count = world.sizes.of(200_000, 4_000);
  const figures: MeasuredFigure[] = [];
  for (const kind of ['sqlite', 'postgres'] as const)
    figures.push(toFigure(kind, count, await measure(world, kind, count)));
  return figures;
}

export const importBench: Bench = { id: 'import', names: Object.values(NAMES), run };
