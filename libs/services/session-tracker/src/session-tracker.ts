import { TOPIC_DEFINITIONS, type BusCommand } from '@tallystick/contracts';
import type { Lease, LeaseVerdict } from '@tallystick/domain';
import type { BusPublisher, Clock, EventBus, Ids } from '@tallystick/ports';
import { nameSetAside, untilReached, type Checks, type Logger } from '@tallystick/services-edge';
import { GatewayWatch } from './gateways/gateway-watch.ts';
import { Membership } from './membership.ts';
import type { PartitionProcessor } from './partition/partition-processor.ts';
import { toCommandRecord } from './partition/presence-records.ts';

export interface SessionTrackerDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** The lease of a gateway that has sessions and has never reported. */
  readonly leaseMs: number;
  /** Called when it cannot go on: it would close sessions of gateways that it does not hear. */
  readonly onFailed?: (error: Error) => void;
}

/** How often it is looked whether a session that was left is over. */
const LOOK_MS = 100;

/**
 * Owns some of the partitions of internal.sessions.v1 and orders the sessions in them
 * (libs/README.md, rule 6).
 */
export class SessionTracker {
  readonly #clock: Clock;
  readonly #publisher: BusPublisher;
  readonly #membership: Membership;
  readonly #watch: GatewayWatch;
  readonly #teller: NodeJS.Timeout;
  #stopped: Promise<void> | null = null;

  constructor(deps: SessionTrackerDeps, publisher: BusPublisher) {
    const { bus, clock, ids, logger, leaseMs } = deps;
    this.#clock = clock;
    this.#publisher = publisher;
    this.#membership = new Membership({
      ...{ bus, clock, ids, logger, publisher },
      aside: nameSetAside(logger, 'presence'),
      reported: (gatewayId, seen) => this.#watch.reportedIncarnation(gatewayId, seen),
      leases: () => this.#watch.leases(),
    });
    this.#watch = new GatewayWatch({
      ...{ bus, clock, publisher, runId: ids.uuid(), defaultLeaseMs: leaseMs },
      seen: () => ({
        gateways: this.processors().flatMap(({ state }) => state.gateways()),
        judging: this.caughtUp(),
      }),
      onVerdict: (verdict) => this.#judge(verdict),
      onBeat: (at) => this.#membership.each((processor) => processor.closeSuperseded(at)),
      onFailed: (error) => {
        logger.error({ err: error }, 'gateways are not read any more');
        deps.onFailed?.(error);
      },
    });
    const tell = (): void => this.#membership.each((processor) => processor.closeLeft());
    this.#teller = setInterval(tell, LOOK_MS);
  }

  static async start(deps: SessionTrackerDeps): Promise<SessionTracker> {
    // Never ended: who stops a tracker that has not started ends its process.
    const reaching = { logger: deps.logger, signal: new AbortController().signal };
    await untilReached(reaching, () => deps.bus.ensureTopics(TOPIC_DEFINITIONS));
    const tracker = new SessionTracker(deps, await deps.bus.openPublisher());
    await tracker.#watch.start();
    await tracker.#membership.join();
    return tracker;
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  /** The processors of the partitions that it owns now. */
  processors(): readonly PartitionProcessor[] {
    return [...this.#membership.processors.values()];
  }

  /** All that was said before this tracker began has been read, in every partition it owns. */
  caughtUp(): boolean {
    return this.#membership.joined && this.processors().every(({ caughtUp }) => caughtUp);
  }

  checks(): Checks {
    const owned = this.processors();
    const behind = owned.filter(({ caughtUp }) => !caughtUp).length;
    const reached = this.#watch.hears() ? 'ok' : 'away';
    return {
      bus: this.#membership.joined ? reached : 'joining the group',
      sessions: behind === 0 ? 'ok' : `catching up in ${behind} of ${owned.length} partitions`,
    };
  }

  async #stop(): Promise<void> {
    clearInterval(this.#teller);
    await Promise.all([this.#membership.leave(), this.#watch.stop(), this.#publisher.close()]);
  }

  #judge({ kind, lease }: LeaseVerdict): void {
    if (kind === 'remind') void this.#remind(lease);
    else this.#membership.settle(lease);
  }

  async #remind({ gatewayId, standing, term }: Lease): Promise<void> {
    const at = this.#clock.now();
    const { incarnation } = standing;
    const fence: BusCommand = { kind: 'fence', gatewayId, incarnation, term, at };
    // Lost with a broker that is away: the next report of the fenced term brings the next one.
    await this.#publisher.publish([toCommandRecord(fence)]).catch(() => {});
  }
}
