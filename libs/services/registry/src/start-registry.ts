import {
  createDistributionSealer,
  createIdentityHandlers,
  createRelayMapper,
  createSecretVault,
  type DeviceQuota,
  type DistributionSealer,
  type IdentityHandlers,
  type SecretVault,
} from '@tallystick/application';
import { runRelay, type RelayHandle } from '@tallystick/event-bus';
import type { ViewRunner } from '@tallystick/projections';
import { pause } from '@tallystick/ports';
import { nameSetAside, type RunningService } from '@tallystick/services-edge';
import { assembleBus } from './assemble-bus.ts';
import { assembleHttp, type HttpSide, type HttpSideDeps } from './assemble-http.ts';
import { createCommandGate } from './cqrs/command-gate.ts';
import { createImportSide } from './imports/import-side.ts';
import { startHealth, type Health } from './health.ts';
import { registryMetrics, showRegistry } from './metrics.ts';
import { startProjections } from './projections.ts';
import { createDeviceQuota } from './quotas/device-quota.ts';
import { createPlacesLedger } from './quotas/places-ledger.ts';
import { watchAppends } from './own-appends.ts';
import type { RegistryDeps } from './registry.types.ts';
import { ensureDefaultTenant } from './store/default-tenant.ts';
import { createRelayCheck, createRelayLog, type RelayCheck } from './relay-check.ts';
import type { StoreWatch } from './store/store-watch.ts';
import { watchStore, type Watched } from './store/watch-store.ts';
import { createRelayTimes, type RelayTimes } from './relay-times.ts';

/** Both hierarchies of secrets: writers seal for either, the relay stands between them. */
interface Sealing {
  readonly vault: SecretVault;
  readonly sealer: DistributionSealer;
}

/** The views start after the write side, which asks them how many devices there are. */
interface Late {
  runner: Pick<ViewRunner, 'waitFor'> | null;
}

function createQuota(deps: RegistryDeps, late: Late): DeviceQuota | null {
  const { sql, store, clock, ids, settings } = deps;
  const catchUp = async (withinMs: number): Promise<boolean> =>
    (await late.runner?.waitFor(await store.head(), withinMs)) ?? false;
  const ledger = createPlacesLedger(sql);
  return createDeviceQuota({ ledger, clock, ids, catchUp, limits: settings.limits });
}

function createWriteSide(deps: RegistryDeps): {
  readonly sealing: Sealing;
  readonly late: Late;
  readonly handlers: IdentityHandlers;
  readonly lastAppended: () => number;
} {
  const { secrets, idempotency, keyRing, epochKeys, ids, clock, settings } = deps;
  const sealing = {
    vault: createSecretVault({ store: secrets, keyRing, ids, clock }),
    sealer: createDistributionSealer({ epochKey: epochKeys[0], ids }),
  };
  const { store, lastPosition: lastAppended } = watchAppends(deps.store);
  const limits = { pendingMs: settings.pendingMs };
  const late: Late = { runner: null };
  const quota = createQuota(deps, late);
  const handlers = createIdentityHandlers({
    ...{ ...sealing, store, idempotency, ids, clock, limits, quota },
    pause: (ms) => pause(ms),
  });
  return { sealing, late, handlers, lastAppended };
}

function startRelay(
  deps: RegistryDeps,
  sealing: Sealing,
  check: RelayCheck,
  times: RelayTimes,
  watch: StoreWatch,
): RelayHandle {
  const { store, tail, clock, logger, leadership, ids } = deps;
  const bus = times.watchBus(deps.bus);
  const mapper = (lane: 'fast' | 'bulk') => {
    const made = createRelayMapper({ lane, store, bus: deps.bus, ids, ...sealing });
    return check.watch(times.watchMapper(lane, made));
  };
  const mappers = { fast: mapper('fast'), bulk: mapper('bulk') };
  const log = createRelayLog(logger, () => clock.monotonicMs());
  const onLostTail = (): void => void watch.look().catch(() => undefined);
  const onSetAside = nameSetAside(logger, 'relay');
  return runRelay({ store, tail, bus, clock, log, leadership, mappers, onLostTail, onSetAside });
}

type Readiness = ReturnType<NonNullable<RegistryDeps['beside']>>;

function withOthers(own: Readiness, beside: RegistryDeps['beside']): Readiness {
  const others = beside?.() ?? { ready: true, checks: {} };
  return { ready: own.ready && others.ready, checks: { ...own.checks, ...others.checks } };
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | null = null;
  return () => (stopped ??= stop());
}

/** Before each page of 500 events, while an import writes. Views are asked meanwhile. */
const VIEWS_GIVE_WAY_MS = 20;
const RELAY_GIVES_WAY_MS = 500;

/** What runs behind the HTTP side, and the one way to end it. */
interface Ground {
  readonly sides: Omit<HttpSideDeps, 'readiness'>;
  readonly health: Health;
  stop(http: HttpSide | null): Promise<void>;
}

async function layGround(deps: RegistryDeps): Promise<Ground> {
  const { store, clock, tail } = deps;
  const monotonicMs = (): number => clock.monotonicMs();
  const { sealing, late, ...written } = createWriteSide(deps);
  const parts: Watched = { relay: null, busSide: null };
  const watch = await watchStore(deps, parts, written.handlers.loading.forgetProducts);
  await ensureDefaultTenant({ ...deps, ...written });
  const imports = await createImportSide(deps, written.handlers);
  const follow = (pauseMs: number) => ({ ...deps, store: imports.forFollower(store, pauseMs) });
  const projections = await startProjections(follow(VIEWS_GIVE_WAY_MS));
  late.runner = projections.runner;
  const times = createRelayTimes(clock, registryMetrics.relayed, tail.requireHead);
  const relayCheck = createRelayCheck(monotonicMs);
  const commands = createCommandGate();
  const busSide = await assembleBus(deps, { ...written, commands, imports }, projections, () => {
    parts.relay = startRelay(follow(RELAY_GIVES_WAY_MS), sealing, relayCheck, times, watch);
  });
  parts.busSide = busSide;
  const viewPosition = (): number => projections.runner.position();
  const { link, tracker } = busSide;
  const health = startHealth({
    ...{ store, viewPosition, link, tracker, relay: relayCheck.state, monotonicMs },
    lost: () => watch.lost(),
  });
  const hideMetrics = showRegistry({
    ...{ relay: () => parts.relay?.status() ?? null, viewPosition, behindMs: times.behindMs },
    leases: () => tracker.history.leases(clock.now()),
  });
  const stop = async (http: HttpSide | null): Promise<void> => {
    health.stop();
    watch.stop();
    hideMetrics();
    // Callers that wait for a gateway or a view get an answer before the end.
    await Promise.all([busSide.endWaits(), projections.runner.stop(), http?.close()]);
    commands.close();
    await Promise.all([parts.relay?.stop(), imports.handlers.stop(), busSide.stop()]);
  };
  const sides = { ...written, deps, projections, busSide, watch, commands, imports };
  return { sides, health, stop };
}

/** Starts the operators' API, the gateways' API, the relay, the views and the reactors. */
export async function startRegistry(deps: RegistryDeps): Promise<RunningService> {
  const { sides, health, stop } = await layGround(deps);
  let http: HttpSide | null = null;
  const ready = (): boolean => http !== null && health.ready();
  const readiness = () => withOthers({ ready: ready(), checks: health.checks() }, deps.beside);
  try {
    http = await assembleHttp({ ...sides, readiness });
  } catch (error) {
    await stop(null);
    throw error;
  }
  return { name: 'registry', ready, checks: health.checks, stop: once(() => stop(http)) };
}
