import type {
  EffectsDocument,
  GatewayDocument,
  GatewayEffectDocument,
  GatewayReport,
  Lane,
} from '@tallystick/contracts';
import { toRfc3339, type EpochMs } from '@tallystick/kernel';
import type { EffectQuestion } from './effects.types.ts';

/**
 * How often a gateway's positions moved is remembered this far back; older answers have no time.
 */
const MARKS = 4096;
/** Positions that cut sessions, of one gateway: a whole fleet's within a minute. */
const CUTS = 100_000;
/** Of gateways of an earlier release. */
const ONLY_TENANT = 'default';
const DAY_MS = 24 * 3_600_000;

interface Mark {
  readonly fast: number;
  readonly bulk: number;
  readonly at: EpochMs;
}

interface Known {
  report: GatewayReport;
  /**
   * When the report reached the log: the lease runs from here, so that a gateway's own clock has no
   * say in it.
   */
  seenAt: EpochMs;
  /**
   * Oldest first. What it had at the first has no known time: it may have had it long before it was
   * heard of, or before older marks were dropped.
   */
  marks: Mark[];
  readonly cuts: Map<number, number>;
}

export interface LeaseRemaining {
  readonly gatewayId: string;
  /** 0: it has ended. */
  readonly remainingMs: number;
}

/**
 * The reports of the gateways, and what they mean for a position. Time is an argument; nothing here
 * waits.
 */
export interface GatewayHistory {
  record(report: GatewayReport, seenAt: EpochMs): void;
  /** Forgets a gateway whose lease had ended by then; one that has renewed it meanwhile stays. */
  retire(gatewayId: string, at: EpochMs): void;
  /** `gone`: its lease has ended. */
  standing(gatewayId: string, now: EpochMs): 'unknown' | 'alive' | 'gone';
  effect(question: EffectQuestion): EffectsDocument;
  /** `sessions` are those of the tenant alone. */
  gateways(now: EpochMs, tenant: string): readonly GatewayDocument[];
  /** The leases of all gateways that reported within a day and have not given their lease back. */
  leases(now: EpochMs): readonly LeaseRemaining[];
  /**
   * True when every gateway that serves and reported within `freshMs` has applied the position on
   * the fast lane.
   */
  livingHave(position: number, now: EpochMs, freshMs: number): boolean;
  /**
   * True when no gateway can let a token in on a view without the position: each has applied it, or
   * its token budget has passed since.
   */
  tokensSettled(question: EffectQuestion, ownTokenBudgetMs: number): boolean;
}

const begin = (report: GatewayReport, seenAt: EpochMs): Known => ({
  report,
  seenAt,
  marks: [],
  cuts: new Map(),
});

function leaseEnd(known: Known): EpochMs {
  return known.report.released ? known.seenAt : known.seenAt + known.report.leaseMs;
}

function positionOf(of: { fast: number; bulk: number }, lane: Lane): number {
  return lane === 'fast' ? of.fast : of.bulk;
}

function has(known: Known, question: EffectQuestion): boolean {
  const { fastPosition: fast, bulkPosition: bulk } = known.report;
  return positionOf({ fast, bulk }, question.lane) >= question.position;
}

function concerned(known: Known, question: EffectQuestion): boolean {
  if (known.report.released && !has(known, question)) return false;
  const end = leaseEnd(known);
  return end > question.appendedAt || end + known.report.longestBudgetMs > question.now;
}

function appliedAt(known: Known, question: EffectQuestion): EpochMs | null {
  const index = known.marks.findIndex(
    (mark) => positionOf(mark, question.lane) >= question.position,
  );
  return index < 1 ? null : (known.marks[index]?.at ?? null);
}

function gatewayEffect(known: Known, question: EffectQuestion): GatewayEffectDocument {
  const applied = has(known, question);
  const at = applied ? appliedAt(known, question) : null;
  const alive = leaseEnd(known) > question.now;
  return {
    gatewayId: known.report.gatewayId,
    applied,
    at: at === null ? null : toRfc3339(at),
    lagMs: at === null ? null : Math.max(0, at - question.appendedAt),
    sessionsCut: known.cuts.get(question.position) ?? 0,
    // Its newest tick is older than the append. So after its longest budget the view is too old for
    // every decision.
    fencesAt:
      applied || alive ? null : toRfc3339(question.appendedAt + known.report.longestBudgetMs),
  };
}

function remember(known: Known, report: GatewayReport): void {
  const last = known.marks.at(-1);
  const mark = { fast: report.fastPosition, bulk: report.bulkPosition, at: report.reportedAt };
  // A view that was thrown away starts over: what it had applied before says nothing now.
  if (last !== undefined && (mark.fast < last.fast || mark.bulk < last.bulk)) known.marks = [];
  if (last?.fast !== mark.fast || last.bulk !== mark.bulk) known.marks.push(mark);
  if (known.marks.length > 2 * MARKS) known.marks = known.marks.slice(-MARKS);
  for (const cut of report.cuts)
    known.cuts.set(cut.position, Math.max(cut.sessions, known.cuts.get(cut.position) ?? 0));
  for (const position of known.cuts.keys()) {
    if (known.cuts.size <= CUTS) break;
    known.cuts.delete(position);
  }
}

/** An earlier release tells no tenants: it had one. */
function sessionsOf({ sessions, sessionsOf: byTenant }: GatewayReport, tenant: string): number {
  if (byTenant === undefined) return tenant === ONLY_TENANT ? sessions : 0;
  return Object.hasOwn(byTenant, tenant) ? (byTenant[tenant] ?? 0) : 0;
}

function row(known: Known, now: EpochMs, tenant: string): GatewayDocument {
  const { report } = known;
  const alive = leaseEnd(known) > now;
  return {
    gatewayId: report.gatewayId,
    incarnation: report.incarnation,
    leaseUntil: toRfc3339(leaseEnd(known)),
    fastPosition: report.fastPosition,
    bulkPosition: report.bulkPosition,
    stalenessMs: report.stalenessMs + (alive ? 0 : Math.max(0, now - known.seenAt)),
    sessions: alive ? sessionsOf(report, tenant) : 0,
    clockErrorMs: report.clockErrorMs ?? 0,
  };
}

/** None for one that gave its lease back, or ended a day ago. */
function leaseOf(entry: Known, now: EpochMs): readonly LeaseRemaining[] {
  if (entry.report.released || leaseEnd(entry) + DAY_MS <= now) return [];
  const remainingMs = Math.max(0, leaseEnd(entry) - now);
  return [{ gatewayId: entry.report.gatewayId, remainingMs }];
}

/**
 * Whether this gateway's token budget has passed: since the append, or since it stopped, for one
 * that stopped comes back with the view it had.
 */
function tokenTimePassed({ report, seenAt }: Known, question: EffectQuestion): boolean {
  const since = report.released ? Math.min(seenAt, question.appendedAt) : question.appendedAt;
  return since + report.tokenBudgetMs <= question.now;
}

function settled(all: readonly Known[], question: EffectQuestion, ownBudgetMs: number): boolean {
  const concerning = all.filter(
    (entry) => !(entry.report.released && tokenTimePassed(entry, question)),
  );
  if (question.unknown || concerning.length === 0)
    return (
      question.appendedAt + ownBudgetMs <= question.now &&
      concerning.every((entry) => tokenTimePassed(entry, question))
    );
  return concerning.every((entry) => has(entry, question) || tokenTimePassed(entry, question));
}

function effectOf(all: readonly Known[], question: EffectQuestion): EffectsDocument {
  const gateways = all
    .filter((entry) => concerned(entry, question))
    .map((entry) => gatewayEffect(entry, question));
  return {
    position: question.position,
    total: gateways.length,
    applied: gateways.filter((gateway) => gateway.applied).length,
    unknown: question.unknown || gateways.length === 0,
    gateways,
  };
}

export function createGatewayHistory(): GatewayHistory {
  const known = new Map<string, Known>();
  const all = (): Known[] =>
    [...known.values()].sort((a, b) => (a.report.gatewayId < b.report.gatewayId ? -1 : 1));
  const standing: GatewayHistory['standing'] = (gatewayId, now) => {
    const entry = known.get(gatewayId);
    if (entry === undefined) return 'unknown';
    return leaseEnd(entry) > now ? 'alive' : 'gone';
  };

  return {
    record(report, seenAt) {
      const entry = known.get(report.gatewayId) ?? begin(report, seenAt);
      known.set(report.gatewayId, entry);
      entry.report = report;
      entry.seenAt = seenAt;
      remember(entry, report);
    },
    retire(gatewayId, at) {
      if (standing(gatewayId, at) === 'gone') known.delete(gatewayId);
    },
    standing,
    effect: (question) => effectOf(all(), question),
    gateways: (now, tenant) =>
      all()
        .filter((entry) => leaseEnd(entry) + DAY_MS > now)
        .map((entry) => row(entry, now, tenant)),
    leases: (now) => all().flatMap((entry) => leaseOf(entry, now)),
    livingHave: (position, now, freshMs) =>
      all().every(
        ({ report, seenAt }) =>
          report.released ||
          !report.ready ||
          now - seenAt >= freshMs ||
          report.fastPosition >= position,
      ),
    tokensSettled: (question, ownTokenBudgetMs) => settled(all(), question, ownTokenBudgetMs),
  };
}
