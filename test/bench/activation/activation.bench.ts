import { applied } from '../../e2e/harness/api.ts';
import { startPlatform, type Platform } from '../../e2e/harness/platform.ts';
import { figureOf, median, type MeasuredFigure } from '../figure.ts';
import { startChild } from '../parts/child.ts';
import { loadHttp, startHttpLoad, type HttpGenerator } from '../parts/http-load.ts';
import type { Bench, World } from '../world.ts';
import type {
  ActivationGenerator,
  ActivationLoad,
  ActivationLoaded,
} from './activation-load.types.ts';

const NAMES = { mqtt: 'dynamic activations', http: 'dynreg over HTTP' } as const;
const PRODUCT = 'bench_activation';
const IN_FLIGHT = 64;
const ROUNDS = 3;
/** The admin token of a platform that the e2e harness started. */
const TOKEN = 'admin-token-of-the-journeys';

interface Bed {
  readonly platform: Platform;
  readonly productSecret: string;
  readonly registrar: HttpGenerator;
  readonly generator: ActivationGenerator;
}

async function prepare({ scope, stack, say }: World): Promise<Bed> {
  const { kafkaBrokers, databaseUrl } = await stack();
  say('starting the separate apps');
  // All devices of a bench have one address.
  const settings = {
    TALLYSTICK_LIMIT_CLAIMS_PER_ADDRESS: '1000000',
    TALLYSTICK_LIMIT_REQUESTS_PER_TOKEN: '1000000',
  };
  const platform = scope.keep(await startPlatform({ kafkaBrokers, databaseUrl, settings }));
  const product = { productKey: PRODUCT, name: 'Bench', dynamicActivation: true };
  const { status, text, body } = await platform.api('POST', '/products', product);
  if (status !== 201) throw new Error(`no product: ${text}`);
  return {
    ...{ platform, productSecret: String(body['productSecret']) },
    registrar: await startHttpLoad(scope),
    generator: scope.keep(
      await startChild<ActivationLoad, ActivationLoaded>(
        new URL('activation-load.child.ts', import.meta.url),
      ),
    ),
  };
}

interface Round {
  readonly loaded: ActivationLoaded;
  readonly perSecond: number;
  /** Registrations by an operator, of the same devices just before. */
  readonly floorPerSecond: number;
}

/** New devices, each registered and then given its secret once. */
async function round(bed: Bed, over: 'mqtt' | 'http', n: number, count: number): Promise<Round> {
  const { platform, productSecret, registrar, generator } = bed;
  const devices = { productKey: PRODUCT, prefix: `${over}${n}x`, count };
  const { seconds, position } = await loadHttp(registrar, {
    ...{ ...devices, from: 0, inFlight: IN_FLIGHT, givenSecrets: true },
    ...{ port: platform.registries[0]?.ports['http'] ?? 0, path: '/api/v1/devices', token: TOKEN },
  });
  await applied(platform.api, position);
  const port = platform.gateways[0]?.ports[over === 'mqtt' ? 'mqtt' : 'deviceHttp'] ?? 0;
  const load = { over, port, devices, productSecret, inFlight: IN_FLIGHT };
  const loaded = await generator.ask(load);
  if (loaded.given !== count)
    throw new Error(
      `${loaded.given} of ${count} got their secret; first other ${loaded.firstOther}`,
    );
  return { loaded, perSecond: count / loaded.seconds, floorPerSecond: count / seconds };
}

function figure(over: 'mqtt' | 'http', rounds: readonly Round[]): MeasuredFigure {
  const of = (pick: (round: Round) => number): readonly number[] => rounds.map(pick);
  const p50 = median(of(({ loaded }) => loaded.p50Ms)).toFixed(0);
  const p99 = median(of(({ loaded }) => loaded.p99Ms)).toFixed(0);
  const retries = of(({ loaded }) => loaded.retries).reduce((sum, one) => sum + one, 0);
  const from = over === 'mqtt' ? 'the device connects to secret received' : 'request to answer';
  return figureOf({
    ...{ name: NAMES[over], unit: '1/s', rounds: of(({ perSecond }) => perSecond) },
    peer: {
      name: 'POST /devices of the same devices, same registry',
      rounds: of(({ floorPerSecond }) => floorPerSecond),
    },
    boundBy: 'an append for each, and the wait until the living gateways have it (rule 8)',
    note: `registry on PostgreSQL, gateway and tracker on Kafka, ${IN_FLIGHT} in flight, from ${from}: p50 ${p50} ms, p99 ${p99} ms; ${retries} asked to try again`,
  });
}

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const count = world.sizes.of(5_000, 300);
  const bed = await prepare(world);
  const rounds = { mqtt: [] as Round[], http: [] as Round[] };
  for (let n = 0; n < ROUNDS; n += 1)
    for (const over of ['mqtt', 'http'] as const) {
      const measured = await round(bed, over, n, count);
      rounds[over].push(measured);
      world.say(`round ${n + 1} of ${ROUNDS}, ${over}: ${measured.perSecond.toFixed(0)}/s`);
    }
  return [figure('mqtt', rounds.mqtt), figure('http', rounds.http)];
}

export const activationBench: Bench = { id: 'activation', names: Object.values(NAMES), run };
