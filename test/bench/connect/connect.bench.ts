import { figureOf, type MeasuredFigure, type Measurement } from '../figure.ts';
import { startChild } from '../parts/child.ts';
import { descendantsOf } from '../../stack/proc.ts';
import { pin } from '../parts/pin.ts';
import type { Bench, World } from '../world.ts';
import type { ConnectLoad, ConnectLoaded } from './connect-load.types.ts';
import { measureCosts, type Costs, type Kind } from './rounds.ts';
import { startServers, type Server, type Servers } from './servers.ts';
import { measureRestarts } from './warm-restart.ts';

const NAMES = {
  accepted: 'CONNECT accepted',
  refused: 'CONNECT refused',
} as const satisfies Partial<Record<Kind, string>>;
const TLS = 'TLS CONNECT accepted';
const RESTART = 'warm restart of a gateway';
const SERVER_CORE = 0;
const OTHER_CORE = 1;
const MISSING = 'Mosquitto, password file: not installed here (Debian: mosquitto)';

function compare(
  costs: Costs,
  { gateway, aedes, mosquitto }: Servers,
  kind: keyof typeof NAMES,
): readonly MeasuredFigure[] {
  const rounds = (server: Server | null): readonly number[] =>
    server === null ? [] : (costs.get(server)?.[kind] ?? []);
  const ours = {
    unit: 'us',
    rounds: rounds(gateway),
    boundBy:
      kind === 'accepted'
        ? 'HMAC, unsealing and the view, then accept, CONNACK and close in the kernel'
        : 'the same work as an accepted one up to the verdict, then CONNACK and close',
  };
  const withMosquitto: Measurement = {
    ...ours,
    name: NAMES[kind],
    peer: { name: mosquitto?.name ?? MISSING, rounds: rounds(mosquitto) },
    aim: { of: 'ratio', is: 'at most', than: 0.8 },
    note: 'CPU of the server process per connection, one TCP connection per CONNECT, 64 in flight',
  };
  const withAedes: Measurement = {
    ...ours,
    name: `${NAMES[kind]} vs aedes`,
    peer: { name: aedes.name, rounds: rounds(aedes) },
  };
  return [figureOf(withMosquitto), figureOf(withAedes)];
}

function compareTls(costs: Costs, { gateway, mosquitto }: Servers): MeasuredFigure {
  const of = (server: Server | null): readonly number[] =>
    server === null ? [] : (costs.get(server)?.tls ?? []);
  return figureOf({
    ...{ name: TLS, unit: 'us', rounds: of(gateway) },
    peer: { name: mosquitto?.name ?? MISSING, rounds: of(mosquitto) },
    boundBy: 'the handshake: ECDHE, a signature by P-256, and the keys of TLS 1.3, in OpenSSL',
    note: 'as CONNECT accepted, a full handshake each, both with the same certificate',
  });
}

async function run(world: World): Promise<readonly MeasuredFigure[]> {
  const { scope, sizes, say } = world;
  const devices = { productKey: 'bench_mqtt', prefix: 'm', count: sizes.of(10_000, 500) };
  const generator = scope.keep(
    await startChild<ConnectLoad, ConnectLoaded>(new URL('connect-load.child.ts', import.meta.url)),
  );
  const servers = await startServers(world, devices, generator);
  const { gateway, aedes, mosquitto, platform } = servers;
  const all = [gateway, aedes, ...(mosquitto === null ? [] : [mosquitto])];
  // Broker, database and registry too: a server has its core to itself.
  for (const pid of descendantsOf(process.pid)) pin(pid, OTHER_CORE);
  for (const { pid } of all) pin(pid, SERVER_CORE);
  const plan = {
    ...{ devices, generator, say },
    connections: sizes.of(20_000, 4_000),
    tlsConnections: sizes.of(5_000, 500),
    rounds: sizes.of(5, 3),
  };
  const costs = await measureCosts(plan, all);
  const restarts = await measureRestarts(platform, sizes.of(5, 2), say);
  return [
    ...compare(costs, servers, 'accepted'),
    ...compare(costs, servers, 'refused'),
    compareTls(costs, servers),
    figureOf({
      ...{ name: RESTART, unit: 's', rounds: restarts.warm },
      peer: {
        name: 'cold start of the same gateway, its view read from Kafka',
        rounds: restarts.cold,
      },
      aim: { of: 'value', is: 'at most', than: 2 },
      boundBy: 'loading the program, then joining the topics',
      note: `stopped by SIGTERM, from the start of the process to /readyz 200, ${devices.count} devices in its view`,
    }),
  ];
}

export const connectBench: Bench = {
  id: 'connect',
  names: [...Object.values(NAMES).flatMap((name) => [name, `${name} vs aedes`]), TLS, RESTART],
  run,
};
