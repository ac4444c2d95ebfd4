import { join } from 'node:path';
import { createApi, rows, type Api } from '../../e2e/harness/api.ts';
import { startApp } from '../../e2e/harness/app-process.ts';
import { until } from '../../stack/processes.ts';
import { figureOf, median, type MeasuredFigure } from '../figure.ts';
import { startChild } from '../parts/child.ts';
import { cpuMicroseconds } from '../../stack/proc.ts';
import { loadHttp, startHttpLoad } from '../parts/http-load.ts';
import type { HttpLoaded } from '../parts/http-load.types.ts';
import type { Bench, World } from '../world.ts';

const NAME = 'HTTP registration';
const IN_FLIGHT = 64;
const ROUNDS = 3;
const TOKEN = 'admin-token-of-the-bench';
const PRODUCT = 'bench_http';

interface Rounds {
  readonly ours: HttpLoaded[];
  readonly floor: HttpLoaded[];
  /** CPU of the process a registration, in µs, until the view had applied the round. */
  readonly cpu: number[];
  /** Until the gateway's view had applied the last of a round, after its answer. */
  readonly catchUpSeconds: number[];
}

interface Platform {
  readonly api: Api;
  readonly port: number;
  readonly pid: number;
}

async function startPlatform(world: World): Promise<Platform> {
  const { scope } = world;
  const home = join(scope.folder(), 'home');
  const app = scope.keep(
    await startApp('all-in-one', home, {
      TALLYSTICK_ADMIN_TOKEN: TOKEN,
      TALLYSTICK_LIMIT_REQUESTS_PER_TOKEN: '1000000',
    }),
  );
  const api = createApi(app.url, TOKEN);
  const created = await api('POST', '/products', { name: 'Bench', productKey: PRODUCT });
  if (created.status !== 201) throw new Error(`no product: ${created.text}`);
  return { api, port: app.ports['http'] ?? 0, pid: app.pid };
}

async function gatewayReaches(api: Api, position: number): Promise<number> {
  const start = performance.now();
  await until(`the gateway's view reaches ${position}`, 300_000, async () =>
    rows(await api('GET', '/gateways')).some((row) => Number(row['bulkPosition']) >= position),
  );
  return (performance.now() - start) / 1000;
}

async function measure(world: World): Promise<Rounds> {
  const { scope, sizes, say } = world;
  const count = sizes.of(20_000, 2_000);
  const platform = await startPlatform(world);
  const floor = scope.keep(
    await startChild<{ file: string }, number>(new URL('fastify-floor.child.ts', import.meta.url)),
  );
  const floorPort = await floor.ask({ file: join(scope.folder(), 'floor.db') });
  const generator = await startHttpLoad(scope);
  const common = {
    ...{ token: TOKEN, productKey: PRODUCT, prefix: 'd', inFlight: IN_FLIGHT, count },
    givenSecrets: false,
  };
  const rounds: Rounds = { ours: [], floor: [], cpu: [], catchUpSeconds: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const load = { ...common, from: round * count };
    const ours = { ...load, port: platform.port, path: '/api/v1/devices' };
    const cpuBefore = cpuMicroseconds(platform.pid);
    rounds.ours.push(await loadHttp(generator, ours));
    const position = rounds.ours.at(-1)?.position ?? 0;
    rounds.catchUpSeconds.push(await gatewayReaches(platform.api, position));
    rounds.cpu.push((cpuMicroseconds(platform.pid) - cpuBefore) / count);
    rounds.floor.push(await loadHttp(generator, { ...load, port: floorPort, path: '/devices' }));
    say(`round ${round + 1} of ${ROUNDS}: ${perSecond(rounds.ours).at(-1)?.toFixed(0)}/s`);
  }
  return rounds;
}

const perSecond = (rounds: readonly HttpLoaded[]): readonly number[] =>
  rounds.map(({ created, seconds }) => created / seconds);

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const { ours, floor, cpu, catchUpSeconds } = await measure(world);
  const p50 = median(ours.map(({ p50Ms }) => p50Ms));
  const p99 = median(ours.map(({ p99Ms }) => p99Ms));
  const note = [
    `${IN_FLIGHT} in flight, all-in-one on SQLite with relay, gateway, tracker and views in the same process`,
    `${median(cpu).toFixed(0)} us of its CPU a registration`,
    `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    `the gateway's view had all of a round ${median(catchUpSeconds).toFixed(1)} s after its last answer`,
  ];
  const figure = figureOf({
    name: NAME,
    unit: '1/s',
    rounds: perSecond(ours),
    peer: {
      name: 'floor: bare Fastify, one row in SQLite, synchronous=FULL in groups',
      rounds: perSecond(floor),
    },
    aim: { of: 'value', is: 'at least', than: 2_000 },
    boundBy: 'one core of JavaScript (HTTP, sealing, views and relay share a thread)',
    note: note.join('; '),
  });
  return [figure];
}

export const httpBench: Bench = { id: 'http', names: [NAME], run };
