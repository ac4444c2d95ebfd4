import type { BusSubscription, ViewStore } from '@tallystick/ports';
import { withinMs } from '@tallystick/ports';
import type { RunningService } from '@tallystick/services-edge';
import { DoorWatch } from '../authority/door-watch.ts';
import type { RegistryClient } from '../claims/registry-client.ts';
import { UnitClaims } from '../claims/unit-claims.ts';
import { readCommands } from '../commands/command-reader.ts';
import { DecisionPublisher } from '../decisions/decision-publisher.ts';
import type { AuthGatewayDeps } from '../gateway.types.ts';
import { GatewayLease } from '../lease/gateway-lease.ts';
import { gatewayMetrics, showGateway } from '../metrics.ts';
import { LiveSessions } from '../sessions/live-sessions.ts';
import { openSignals } from '../sessions/open-signals.ts';
import type { SignalPacker } from '../sessions/signal-packer.ts';
import type { SignalSpool } from '../sessions/signal-spool.ts';
import { TelemetrySink } from '../uplink/telemetry-sink.ts';
import { GatewayView } from '../view/gateway-view.ts';
import { DeviceDoors } from './doors.ts';
import { closeAll, layGround, type Ground } from './ground.ts';
import { openViewStore, type OpenedView } from './view-store.ts';
import { openReception, type Reception } from './reception.ts';
import { createRegistryClient } from './registry-access.ts';

const REPORT_MS = { fast: 50, bulk: 250 };

/** One gateway: its view, its lease, its sessions and its listeners. */
export class AuthGateway implements RunningService {
  readonly name = 'auth-gateway';
  readonly #deps: AuthGatewayDeps;
  readonly #ground: Ground;
  readonly #store: ViewStore;
  readonly #spool: SignalSpool;
  readonly #packer: SignalPacker;
  readonly #claims: UnitClaims;
  readonly #decisions: DecisionPublisher;
  readonly #telemetry: TelemetrySink;
  readonly #door: DoorWatch;
  readonly #view: GatewayView;
  readonly #live: LiveSessions;
  readonly #doors: DeviceDoors;
  readonly #reception: Reception;
  #lease: GatewayLease | null = null;
  #commands: BusSubscription | null = null;
  #failure: string | null = null;
  #hideMetrics: (() => void) | null = null;
  #stopping: Promise<void> | null = null;

  static async start(deps: AuthGatewayDeps): Promise<AuthGateway> {
    const opened = await openViewStore(deps);
    const { store } = opened;
    const ground = await layGround(deps, opened).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
    const gateway = new AuthGateway(deps, ground, opened);
    try {
      await gateway.#open();
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  private constructor(deps: AuthGatewayDeps, ground: Ground, opened: OpenedView) {
    const { settings, logger, clock, ids, bus } = deps;
    const { gatewayId } = settings;
    const { incarnation, publishers } = ground;
    this.#deps = deps;
    this.#door = new DoorWatch(gatewayMetrics, logger);
    this.#doors = new DeviceDoors(deps);
    this.#ground = ground;
    this.#store = opened.store;
    const { spool, packer } = openSignals(deps, ground);
    this.#spool = spool;
    this.#packer = packer;
    this.#view = new GatewayView({
      ...{ store: opened.store, readAnew: ground.readAnew, bus, clock, logger },
      groupPrefix: `gateway-${gatewayId}-${incarnation}`,
      onChanges: (changes) => this.#reception.changed(changes),
      onRead: () => this.#reception.read(),
      onProgress: (lane) => this.#lease?.advanced(REPORT_MS[lane]),
      onFailed: (error) => this.#fail(error),
    });
    this.#live = new LiveSessions({
      ...{ clock, packer: this.#packer, view: this.#view },
      cut: this.#doors.cut,
      allowSilence: (sessionId, rule) => this.#doors.allowSilence(sessionId, rule),
      onCut: (position, sessions, appendedAt) => {
        this.#lease?.cut(position, sessions);
        gatewayMetrics.cut(appendedAt, clock.now());
      },
    });
    const registry = createRegistryClient(deps);
    this.#claims = new UnitClaims({ registry, gatewayId, ids, logger });
    const publisher = publishers.decisions;
    this.#decisions = new DecisionPublisher({ publisher, gatewayId, clock, ids, logger });
    this.#telemetry = new TelemetrySink(bus, publishers.telemetry, logger);
    this.#reception = this.#receive(registry);
  }

  /**
   * Reading says nothing to anybody: it begins while the lease is asked for, and both take their
   * time.
   */
  async #open(): Promise<void> {
    const { granted, asking } = this.#ground;
    const begun = [this.#view.open(), this.#readCommands(), granted];
    for (const one of begun) one.catch(() => asking.abort());
    // All of them: what has been opened by then can be closed again.
    await Promise.allSettled(begun);
    await Promise.all(begun);
    this.#lease = this.#holdLease();
    this.#hideMetrics = showGateway(() => this.#facts(), this.#spool);
    this.#spool.begin(this.#ground.met);
    const { authority, pskOf } = this.#reception;
    const onTurnedAway = this.#door.turnedAway.bind(this.#door);
    await this.#doors.open({ authority, pskOf, onTurnedAway });
    this.#endIf(this.#ground.checked);
  }

  async #readCommands(): Promise<void> {
    const { bus, settings } = this.#deps;
    const targets = {
      gatewayId: settings.gatewayId,
      cut: this.#doors.cut,
      fenced: (command: Parameters<GatewayLease['fenced']>[0]) => this.#lease?.fenced(command),
    };
    const group = `gateway-${settings.gatewayId}-${this.#ground.incarnation}-commands`;
    this.#commands = await readCommands(bus, group, this.#store, targets, (error) =>
      this.#fail(error),
    );
  }

  /** Found out while it serves: it must not go on. */
  #endIf(checked: Promise<unknown>): void {
    checked.catch((error: Error) => {
      if (this.#stopping !== null) return;
      this.#fail(error);
      void this.stop();
    });
  }

  #receive(registry: RegistryClient): Reception {
    return openReception(this.#deps, {
      ...{ view: this.#view, live: this.#live, registry, claims: this.#claims },
      ...{ telemetry: this.#telemetry, decisions: this.#decisions, doors: this.#doors },
      awake: () => this.#lease?.awake() ?? true,
      deviceAddress: () => this.#doors.deviceAddress(),
    });
  }

  #holdLease(): GatewayLease {
    const { clock, logger } = this.#deps;
    const { budgets, gatewayId, leaseMs } = this.#deps.settings;
    const { incarnation, predecessor } = this.#ground;
    return new GatewayLease({
      ...{ clock, logger, gatewayId, leaseMs, incarnation, predecessor },
      publisher: this.#ground.publishers.reports,
      longestBudgetMs: Math.max(budgets.tokenMs, budgets.certificateMs, budgets.secretMs),
      tokenBudgetMs: budgets.tokenMs,
      facts: () => this.#facts(),
      onTerm: (term) => {
        this.#packer.beginTerm(term);
        this.#live.announce();
      },
      onRegained: () => this.#endIf(this.#ground.yieldToHeir()),
    });
  }

  #facts() {
    const { fastPosition, bulkPosition } = this.#view;
    const stalenessMs = Math.round(this.#view.stalenessMs());
    const clockErrorMs = Math.round(this.#deps.bus.clockErrorMs() ?? 0);
    const now = { fastPosition, bulkPosition, stalenessMs, clockErrorMs };
    const { size: sessions, sizeByTenant: sessionsOf } = this.#live;
    return { ...now, sessions, sessionsOf, ready: this.ready() };
  }

  #fail(error: Error): void {
    this.#failure = error.message;
    this.#deps.logger.error({ err: error }, 'the gateway cannot go on');
    this.#deps.onFailed?.(error);
  }

  ready(): boolean {
    return this.#failure === null && this.#view.ready && this.#doors.isOpen;
  }

  checks(): Record<string, string> {
    const lease = this.#lease?.held === true ? 'ok' : 'not renewed: is the bus away?';
    return { gateway: this.#failure ?? this.#view.state, lease, tls: this.#doors.tlsState };
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  /** Sessions end first, so that what is said of them goes out before the lease is given back. */
  async #stop(): Promise<void> {
    this.#ground.asking.abort();
    this.#hideMetrics?.();
    await withinMs(this.#doors.close(), 3_000);
    this.#door.close();
    this.#telemetry.close();
    this.#claims.close();
    this.#packer.flush();
    await this.#spool.close(2_000);
    await this.#lease?.release(1_500);
    await withinMs(Promise.allSettled([this.#commands?.close(), this.#decisions.close()]), 1_000);
    await withinMs(this.#view.close(), 3_000);
    await withinMs(closeAll(Object.values(this.#ground.publishers)), 1_000);
  }
}
