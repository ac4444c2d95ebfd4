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
import { createMetrics } from './metrics.ts';
import { startProjections } from './projections.ts';
import type { RegistryDeps } from './registry.types.ts';
import { createRelayCheck, createRelayLog, type RelayCheck } from './relay-check.ts';

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

function startRelay(deps: RegistryDeps, sealing: Sealing, check: RelayCheck): RelayHandle {
  const { store, bus, clock, logger, leadership } = deps;
  const mapper = (lane: 'fast' | 'bulk') =>
    check.watch(createRelayMapper({ lane, store, bus, ...sealing }));
  const mappers = { fast: mapper('fast'), bulk: mapper('bulk') };
  const log = createRelayLog(logger, () => clock.monotonicMs());
  return runRelay({ store, bus, clock, log, leadership, mappers });
}

/** What gateways say that they have applied, the bus was told. */
function toldPosition({ tracker }: BusSide, now: number): number {
  const gateways = tracker.history.gateways(now);
  return Math.max(0, ...gateways.flatMap((one) => [one.fastPosition, one.bulkPosition]));
}

/** Starts the operators' API, the gateways' API, the relay, the views and the reactors. */
export async function startRegistry(deps: RegistryDeps): Promise<RunningService> {
  const { store, clock, beside } = deps;
  const { sealing, handlers } = createWriteSide(deps);
  const projections = await startProjections(deps);
  let relay: RelayHandle | null = null;
  const monotonicMs = (): number => clock.monotonicMs();
  const relayCheck = createRelayCheck(monotonicMs);
  const busSide: BusSide = await assembleBus(deps, handlers, projections, () => {
    relay = startRelay(deps, sealing, relayCheck);
  });
  const viewPosition = (): number => projections.runner.position();
  const health = startHealth({
    ...{ store, viewPosition, link: busSide.link, tracker: busSide.tracker },
    ...{ relay: relayCheck.state, monotonicMs, log: deps.logger },
    toldPosition: () => toldPosition(busSide, clock.now()),
  });
  const metrics = createMetrics({ relay: () => relay?.status() ?? null, viewPosition });
  let http: HttpSide | null = null;
  const ready = (): boolean => http !== null && health.ready();
  const readiness = () => {
    const others = beside?.() ?? { ready: true, checks: {} };
    return { ready: ready() && others.ready, checks: { ...health.checks(), ...others.checks } };
  };
  const stop = async (): Promise<void> => {
    health.stop();
    // Whoever waits for a gateway or a view is answered, not cut off.
    await Promise.all([busSide.endWaits(), projections.runner.stop(), http?.close()]);
    await Promise.all([relay?.stop(), busSide.stop()]);
  };
  try {
    http = await assembleHttp({ deps, handlers, projections, busSide, metrics, readiness });
  } catch (error) {
    await stop();
    throw error;
  }
  let stopped: Promise<void> | null = null;
  return { name: 'registry', ready, checks: health.checks, stop: () => (stopped ??= stop()) };
}
