import { pause } from '@tallystick/ports';
import { cpuMicroseconds } from '../../stack/proc.ts';
import type { NumberedDevices } from '../parts/devices.ts';
import type { ConnectGenerator } from './connect-load.types.ts';
import { IN_FLIGHT, type Server } from './servers.ts';

/** tls: accepted, over TLS. */
export type Kind = 'accepted' | 'refused' | 'tls';

/** CPU of each server per connection in µs, one per round. */
export type Costs = ReadonlyMap<Server, Readonly<Record<Kind, number[]>>>;

export interface RoundsPlan {
  readonly devices: NumberedDevices;
  readonly connections: number;
  /** Fewer: a handshake costs the generator as much as the server. */
  readonly tlsConnections: number;
  readonly rounds: number;
  readonly generator: ConnectGenerator;
  readonly say: (what: string) => void;
}

/**
 * What a connection leaves behind (signals to Kafka, closing, collection) still counts as its cost.
 */
const SETTLE_MS = 300;

async function costOf(plan: RoundsPlan, server: Server, kind: Kind): Promise<number> {
  const { devices, generator } = plan;
  const [wrong, tls] = [kind === 'refused', kind === 'tls'];
  const connections = tls ? plan.tlsConnections : plan.connections;
  const port = (tls ? server.tlsPort : server.port) ?? 0;
  const load = { port, tls, devices, wrong, connections, inFlight: IN_FLIGHT };
  await pause(SETTLE_MS);
  const before = cpuMicroseconds(server.pid);
  const { codes, seconds } = await generator.ask(load);
  await pause(SETTLE_MS);
  const cost = (cpuMicroseconds(server.pid) - before) / connections;
  const accepted = codes['0'] ?? 0;
  const unanswered = codes['-1'] ?? 0;
  if (accepted !== (wrong ? 0 : connections) || unanswered > 0 || (wrong && codes['3']))
    throw new Error(`${server.name}, ${kind}: CONNACK codes ${JSON.stringify(codes)}`);
  plan.say(
    `  ${kind}, ${server.name}: ${cost.toFixed(0)} us at ${(connections / seconds).toFixed(0)}/s`,
  );
  return cost;
}

/**
 * Interleaved, each round beginning with another server, so that what drifts drifts for all. The
 * first round only warms up.
 */
export async function measureCosts(plan: RoundsPlan, servers: readonly Server[]): Promise<Costs> {
  const costs: Costs = new Map(
    servers.map((server) => [server, { accepted: [], refused: [], tls: [] }]),
  );
  for (let round = 0; round <= plan.rounds; round += 1) {
    plan.say(round === 0 ? 'warming up' : `round ${round} of ${plan.rounds}`);
    for (const kind of ['accepted', 'refused', 'tls'] as const)
      for (let turn = 0; turn < servers.length; turn += 1) {
        const server = servers[(round + turn) % servers.length];
        if (server === undefined || (kind === 'tls' && server.tlsPort === null)) continue;
        const cost = await costOf(plan, server, kind);
        if (round > 0) costs.get(server)?.[kind].push(cost);
      }
  }
  return costs;
}
