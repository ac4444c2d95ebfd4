import type { EpochMs } from '@tallystick/kernel';
import { adoptIncarnation, type GatewayStanding } from './gateway-standing.ts';

/** Beats further apart say nothing of anybody: the broker was away, or the tracker slept. */
const LONGEST_STEP_MS = 2_500;
/** How often a gateway that goes on under a fenced term is reminded. */
const REMINDER_MS = 2_000;

export interface Lease {
  readonly gatewayId: string;
  readonly standing: GatewayStanding;
  readonly term: number;
  readonly leaseMs: number;
  /** By the log's time: until then it is nobody else's, unless it was given back. */
  readonly until: EpochMs;
  /** The first own beat after its last report; null: none yet. */
  readonly quietSince: EpochMs | null;
  readonly state: 'held' | 'missed' | 'released';
  readonly toldAt: EpochMs;
  /**
   * False: it is known from its sessions alone. Reports are the authority on who speaks for a
   * gateway.
   */
  readonly reported: boolean;
}

/** The log's own clock: gateways' reports and the own beats, in the order of the log. */
export interface Leases {
  readonly lastBeatAt: EpochMs | null;
  /** By gateway; those that never reported by gateway and incarnation. */
  readonly of: ReadonlyMap<string, Lease>;
}

export interface LeaseReport {
  readonly gatewayId: string;
  readonly incarnation: string;
  readonly term: number;
  readonly leaseMs: number;
  readonly released: boolean;
  /** The incarnation that this one knows to be dead. */
  readonly replaces?: string;
  /** When the log took it. */
  readonly at: EpochMs;
}

/** What a gateway's sessions tell of it. */
export type SeenGateway = Pick<LeaseReport, 'gatewayId' | 'incarnation' | 'term' | 'leaseMs'>;

export type LeaseVerdict =
  /** `seen`: this incarnation speaks for the gateway; older ones are retired. */
  | { readonly kind: 'seen'; readonly lease: Lease }
  /** The sessions of this term and before are over. */
  | { readonly kind: 'missed' | 'released'; readonly lease: Lease }
  /** It was fenced and seems not to know. */
  | { readonly kind: 'remind'; readonly lease: Lease };

export interface LeaseStep {
  readonly leases: Leases;
  readonly verdicts: readonly LeaseVerdict[];
}

export const initialLeases: Leases = { lastBeatAt: null, of: new Map() };

const keyOf = ({ gatewayId, standing, reported }: Lease): string =>
  reported ? gatewayId : `${gatewayId} ${standing.incarnation}`;

function put(leases: Leases, lease: Lease): Leases {
  const of = new Map(leases.of);
  if (lease.reported)
    for (const [key, { gatewayId }] of leases.of) if (gatewayId === lease.gatewayId) of.delete(key);
  return { ...leases, of: of.set(keyOf(lease), lease) };
}

const HELD = { quietSince: null, state: 'held', toldAt: 0 } as const;

/**
 * A second gateway under a live lease: it will learn that it is refused, and until then it is not
 * heard.
 */
function isRefused(known: Lease | undefined, { incarnation, replaces, at }: LeaseReport): boolean {
  if (known === undefined || known.standing.incarnation === incarnation) return false;
  return known.standing.incarnation !== replaces && at < known.until;
}

export function applyReport(leases: Leases, report: LeaseReport): LeaseStep {
  const { gatewayId, incarnation } = report;
  const known = leases.of.get(gatewayId);
  if (isRefused(known, report)) return { leases, verdicts: [] };
  const standing = adoptIncarnation(known?.standing, incarnation);
  if (standing.incarnation !== incarnation) return { leases, verdicts: [] };
  return known?.standing === standing
    ? goOn(leases, known, report)
    : begin(leases, standing, report);
}

function renew(standing: GatewayStanding, term: number, report: LeaseReport): Lease {
  const { gatewayId, leaseMs, released, at } = report;
  const until = released ? at : at + leaseMs;
  const lease: Lease = { ...HELD, gatewayId, standing, term, leaseMs, until, reported: true };
  return released ? { ...lease, state: 'released' } : lease;
}

function goOn(leases: Leases, before: Lease, report: LeaseReport): LeaseStep {
  const lease = renew(before.standing, Math.max(before.term, report.term), report);
  if (report.term <= before.term && before.state !== 'held')
    return remind(leases, { ...before, until: lease.until });
  const verdicts: LeaseVerdict[] = report.released ? [{ kind: 'released', lease }] : [];
  return { leases: put(leases, lease), verdicts };
}

/** An incarnation that was not heard of: it speaks for the gateway from now on. */
function begin(leases: Leases, standing: GatewayStanding, report: LeaseReport): LeaseStep {
  const lease = renew(standing, report.term, report);
  const verdicts: LeaseVerdict[] = [{ kind: 'seen', lease }];
  if (report.released) verdicts.push({ kind: 'released', lease });
  return { leases: put(leases, lease), verdicts };
}

function remind(leases: Leases, lease: Lease): LeaseStep {
  const now = leases.lastBeatAt ?? 0;
  if (lease.state !== 'missed' || now < lease.toldAt + REMINDER_MS)
    return { leases: put(leases, lease), verdicts: [] };
  const told = { ...lease, toldAt: now };
  return { leases: put(leases, told), verdicts: [{ kind: 'remind', lease: told }] };
}

/**
 * A gateway that is known only from its sessions may have died before this tracker began to listen.
 * A term that no report has named yet is a sign of life: the count starts again.
 */
export function watchGateway(leases: Leases, seen: SeenGateway): Leases {
  const { gatewayId, incarnation, term, leaseMs } = seen;
  const reported = leases.of.get(gatewayId);
  if (reported !== undefined) {
    const isIts = reported.standing.incarnation === incarnation;
    return isIts && term > reported.term ? put(leases, { ...reported, ...HELD, term }) : leases;
  }
  const standing = adoptIncarnation(undefined, incarnation);
  const lease: Lease = { ...HELD, gatewayId, standing, term, leaseMs, until: 0, reported: false };
  const known = leases.of.get(keyOf(lease));
  return known !== undefined && term <= known.term ? leases : put(leases, lease);
}

/**
 * An own beat, read back. `judging` false: it counts, but nobody's lease is said to be over yet.
 */
export function applyBeat(leases: Leases, at: EpochMs, judging: boolean): LeaseStep {
  const step = leases.lastBeatAt === null ? Infinity : at - leases.lastBeatAt;
  const anew = step < 0 || step > LONGEST_STEP_MS;
  const of = new Map<string, Lease>();
  const verdicts: LeaseVerdict[] = [];
  for (const [key, known] of leases.of) {
    const lease = { ...known, quietSince: anew ? at : (known.quietSince ?? at) };
    const missed = lease.state === 'held' && at - lease.quietSince >= lease.leaseMs;
    const after: Lease = missed && judging ? { ...lease, state: 'missed', toldAt: at } : lease;
    if (after.state === 'missed' && lease.state === 'held')
      verdicts.push({ kind: 'missed', lease: after });
    of.set(key, after);
  }
  return { leases: { lastBeatAt: at, of }, verdicts };
}
