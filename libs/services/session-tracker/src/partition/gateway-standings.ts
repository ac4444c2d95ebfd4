import type { SignalBatch } from '@tallystick/contracts';
import {
  adoptIncarnation,
  fenceTerm,
  isLost,
  judgeSource,
  loseSessions,
  reinstate,
  retireIncarnation,
  type GatewayStanding,
  type Lease,
  type NewsSource,
} from '@tallystick/domain';
import type { Clock } from '@tallystick/ports';
import { noHeartbeat, type Heartbeat, type PartitionLog } from './partition-log.ts';

/**
 * The incarnation that holds a gateway's lease, by reports newer than this call; null: none was
 * heard of.
 */
export type ReportedIncarnation = (gatewayId: string, seen: string) => Promise<string | null>;

/** Why the sessions of a term are over: its lease was missed, or given back. */
type Lost = 'gateway-lost' | 'gateway-closing';

/** Which gateways may speak in a partition; closes the sessions of those that may no longer. */
export class GatewayStandings {
  /** Terms fenced by this owner. */
  fences = 0;
  readonly #log: PartitionLog;
  readonly #clock: Clock;
  readonly #reported: ReportedIncarnation;

  constructor(log: PartitionLog, clock: Clock, reported: ReportedIncarnation) {
    this.#log = log;
    this.#clock = clock;
    this.#reported = reported;
  }

  sourceOf({ gatewayId, incarnation, term }: SignalBatch, sentAt: number): NewsSource {
    const judged = judgeSource(this.#of(gatewayId), incarnation, term);
    const standing = judged === 'new' ? 'current' : judged;
    return { gatewayId, incarnation, term, sentAt, standing };
  }

  knows({ gatewayId, incarnation }: SignalBatch): boolean {
    return judgeSource(this.#of(gatewayId), incarnation, Infinity) !== 'new';
  }

  /**
   * An incarnation never heard of is the newest one, unless another holds the gateway's lease: then
   * it is the spool of a process that died.
   */
  async meet({ gatewayId, incarnation }: SignalBatch, heartbeat: Heartbeat): Promise<void> {
    const reported = (await this.#reported(gatewayId, incarnation)) ?? incarnation;
    const known = adoptIncarnation(this.#of(gatewayId), reported);
    await this.#set(gatewayId, retireIncarnation(known, incarnation), false, heartbeat);
  }

  /** Its incarnation was taken for one of the past. */
  wasRetired({ gatewayId, standing }: Lease): boolean {
    return this.#of(gatewayId)?.retired.includes(standing.incarnation) ?? false;
  }

  /**
   * What is known of a gateway's lease: which incarnation speaks, and whether it is over.
   * Idempotent.
   */
  async settle(lease: Lease): Promise<void> {
    const { gatewayId, reported, state } = lease;
    const { incarnation } = lease.standing;
    const before = this.#of(gatewayId);
    if (before !== undefined && !reported && before.incarnation !== incarnation) return;
    if (before !== undefined && this.wasRetired(lease))
      return this.#set(gatewayId, reinstate(before, incarnation, lease.term), true, noHeartbeat);
    const adopted = adoptIncarnation(before, incarnation);
    const after = state === 'held' ? adopted : fenceTerm(adopted, incarnation, lease.term);
    const fenced = after !== adopted;
    if (fenced) this.fences += 1;
    const reason = state === 'released' ? 'gateway-closing' : 'gateway-lost';
    await this.#set(gatewayId, after, fenced && state === 'missed', noHeartbeat, reason);
  }

  /** Closes what an earlier owner had fenced and not yet closed. */
  async sweep(): Promise<void> {
    for (const [gatewayId, standing] of this.#log.state.standings)
      await this.#closeLost(gatewayId, standing, noHeartbeat);
  }

  #of(gatewayId: string): GatewayStanding | undefined {
    return this.#log.state.standings.get(gatewayId);
  }

  /** The fence is written first: whoever goes on after a crash closes the rest. */
  async #set(
    gatewayId: string,
    standing: GatewayStanding,
    tell: boolean,
    heartbeat: Heartbeat,
    reason: Lost = 'gateway-lost',
  ): Promise<void> {
    if (standing === this.#of(gatewayId)) return;
    const draft = this.#log.draft();
    draft.setStanding(gatewayId, standing);
    const { incarnation, fencedTerm } = standing;
    if (tell) draft.fence(gatewayId, incarnation, fencedTerm, this.#clock.now());
    await this.#log.write(draft, heartbeat);
    await this.#closeLost(gatewayId, standing, heartbeat, reason);
  }

  async #closeLost(
    gatewayId: string,
    standing: GatewayStanding,
    heartbeat: Heartbeat,
    reason: Lost = 'gateway-lost',
  ): Promise<void> {
    const cause = `fence/${gatewayId}/${standing.incarnation}/${standing.fencedTerm}`;
    const now = this.#clock.now();
    await this.#log.forEach(this.#log.state.devicesAt(gatewayId), heartbeat, (draft, key) => {
      const step = loseSessions(
        draft.device(key),
        (session) => session.gatewayId === gatewayId && isLost(standing, session),
        now,
        reason,
      );
      draft.take(key, step, cause);
    });
  }
}
