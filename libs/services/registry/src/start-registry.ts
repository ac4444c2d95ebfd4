import {
  createDistributionSealer,
  createIdentityHandlers,
  createRelayMapper,
  createSecretVault,
  type DistributionSealer,
  type IdentityHandlers,
  type SecretVault,
} from '@tallystick/application';
import { runRelay, type RelayHandle } from '@tallystick/event-bus';
import type { RunningService } from '@tallystick/services-edge';
import { assembleBus, type BusSide } from './assemble-bus.ts';
import { assembleHttp, type HttpSide } from './assemble-http.ts';
import { startHealth } from './health.ts';
import { registryMetrics, showRegistry } from './metrics.ts';
import { startProjections } from './projections.ts';
import type { RegistryDeps } from './registry.types.ts';
import { createRelayCheck, createRelayLog, type RelayCheck } from './relay-check.ts';
import { createRelayTimes, type RelayTimes } from './relay-times.ts';

const setTimer = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Both hierarchies of secrets: writers seal for either, the relay stands between them. */
interface Sealing {
  readonly vault: SecretVault;
  readonly sealer: DistributionSealer;
}

function createWriteSide(deps: RegistryDeps): {
  readonly sealing: Sealing;
  readonly handlers: IdentityHandlers;
} {
  const { store, secrets, idempotency, keyRing, epochKeys, ids, clock, settings } = deps;
  const sealing = {
    vault: createSecretVault({ store: secrets, keyRing, ids, clock }),
    sealer: createDistributionSealer({ epochKey: epochKeys[0], ids }),
  };
  const limits = { pendingMs: settings.pendingMs };
  const handlers = createIdentityHandlers({
    ...{ ...sealing, store, idempotency, ids, clock, limits },
    pause: setTimer,
  });
  return { sealing, handlers };
}

function startRelay(
  deps: RegistryDeps,
  sealing: Sealing,
  check: RelayCheck,
  times: RelayTimes,
): RelayHandle {
  const { store, clock, logger, leadership } = deps;
  const bus = times.watchBus(deps.bus);
  const mapper = (lane: 'fast' | 'bulk') => {
    const made = createRelayMapper({ lane, store, bus: deps.bus, ...sealing });
    return check.watch(times.watchMapper(lane, made));
  };
  const mappers = { fast: mapper('fast'), bulk: mapper('bulk') };
  const log = createRelayLog(logger, () => clock.monotonicMs());
  return runRelay({ store, bus, clock, log, leadership, mappers });
}

type Readiness = ReturnType<NonNullable<RegistryDeps['beside']>>;

/** What gateways say that they have applied, the bus was told. */
function toldPosition({ tracker }: BusSide, now: number): number {
  const gateways = tracker.history.gateways(now);
  return Math.max(0, ...gateways.flatMap((one) => [one.fastPosition, one.bulkPosition]));
}

function withOthers(own: Readiness, beside: RegistryDeps['beside']): Readiness {
  const others = beside?.() ?? { ready: true, checks: {} };
  return { ready: own.ready && others.ready, checks: { ...own.checks, ...others.checks } };
}

/** Starts the operators' API, the gateways' API, the relay, the views and the reactors. */
export async function startRegistry(deps: RegistryDeps): Promise<RunningService> {
  const { store, clock, beside } = deps;
  const monotonicMs = (): number => clock.monotonicMs();
  const { sealing, handlers } = createWriteSide(deps);
  const projections = await startProjections(deps);
  let relay: RelayHandle | null = null;
  const times = createRelayTimes(clock, registryMetrics.relayed);
  const relayCheck = createRelayCheck(monotonicMs);
  const busSide: BusSide = await assembleBus(deps, handlers, projections, () => {
    relay = startRelay(deps, sealing, relayCheck, times);
  });
  const viewPosition = (): number => projections.runner.position();
  const health = startHealth({
    ...{ store, viewPosition, link: busSide.link, tracker: busSide.tracker },
    ...{ relay: relayCheck.state, monotonicMs, log: deps.logger },
    toldPosition: () => toldPosition(busSide, clock.now()),
  });
  const hideMetrics = showRegistry({
    ...{ relay: () => relay?.status() ?? null, viewPosition, behindMs: times.behindMs },
    leases: () => busSide.tracker.history.leases(clock.now()),
  });
  let http: HttpSide | null = null;
  const ready = (): boolean => http !== null && health.ready();
  const readiness = () => withOthers({ ready: ready(), checks: health.checks() }, beside);
  const stop = async (): Promise<void> => {
    health.stop();
    hideMetrics();
    // Whoever waits for a gateway or a view is answered, not cut off.
    await Promise.all([busSide.endWaits(), projections.runner.stop(), http?.close()]);
    await Promise.all([relay?.stop(), busSide.stop()]);
  };
  try {
    http = await assembleHttp({ deps, handlers, projections, busSide, readiness });
  } catch (error) {
    await stop();
    throw error;
  }
  let stopped: Promise<void> | null = null;
  return { name: 'registry', ready, checks: health.checks, stop: () => (stopped ??= stop()) };
}
