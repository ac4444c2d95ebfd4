import { DECISION_REASONS, type DecisionReason } from '@tallystick/contracts';
import type { DialectName } from '@tallystick/dialects';
import { DIALECTS } from '@tallystick/domain';
import type { DoorLimit } from '@tallystick/device-transport';
import { keysOf } from '@tallystick/kernel';
import { counter, gauge, histogram, one } from '@tallystick/services-edge';

const DECISIONS = ['allow', 'deny', 'end'] as const;
/** `none`: what came did not say which. */
const SAID = [...DIALECTS, 'none'] as const;

const DOOR_LIMITS: readonly DoorLimit[] = keysOf({
  maxConnections: true,
  maxHalfOpen: true,
  maxHalfOpenPerAddress: true,
} satisfies Record<DoorLimit, true>);

const logins = counter(
  'tallystick_logins_total',
  'Decisions on devices that connect, and (decision end) sessions that the gateway itself ended',
  { decision: DECISIONS, reason: DECISION_REASONS, dialect: SAID },
);
const decisionDuration = histogram(
  'tallystick_decision_duration_seconds',
  'From CONNECT to the decision on it, claims that ask the registry included',
  { decision: ['allow', 'deny'] },
);
const revokeToCut = histogram(
  'tallystick_revoke_to_cut_seconds',
  'From the append of an event that forbids sessions to their cut on this gateway',
  {},
);
const turnedAway = counter(
  'tallystick_gateway_turned_away_total',
  'Sockets that were closed at the door, before any CONNECT',
  { limit: DOOR_LIMITS },
);
const sessions = gauge('tallystick_sessions', 'Live sessions on this gateway');
const viewPosition = gauge(
  'tallystick_gateway_view_position',
  'The store position that the view of this gateway has applied',
  ['lane'],
  'max',
);
const viewStaleness = gauge(
  'tallystick_view_staleness_seconds',
  'How old what this gateway knows may be, judged on the fast lane',
  [],
  'max',
);
const spoolBytes = gauge('tallystick_spool_bytes', 'Session signals that wait on disk for the bus');

export interface GatewayFacts {
  readonly sessions: number;
  readonly fastPosition: number;
  readonly bulkPosition: number;
  readonly stalenessMs: number;
}

export interface GatewayMetrics {
  decided(
    decision: (typeof DECISIONS)[number],
    reason: DecisionReason,
    dialect: DialectName | null,
  ): void;
  /** How long a decision took. */
  took(decision: 'allow' | 'deny', ms: number): void;
  /** Sessions were cut now, for what was appended then; null: not known when. */
  cut(appendedAt: number | null, now: number): void;
  /** A socket was closed at the door, before any CONNECT; `limit`: what was full. */
  turnedAway(limit: DoorLimit): void;
}

export const gatewayMetrics: GatewayMetrics = {
  decided: (decision, reason, dialect) =>
    logins.add({ decision, reason, dialect: dialect ?? 'none' }),
  took: (decision, ms) => decisionDuration.observe({ decision }, ms / 1_000),
  cut: (appendedAt, now) => {
    if (appendedAt !== null) revokeToCut.observe({}, (now - appendedAt) / 1_000);
  },
  turnedAway: (limit) => turnedAway.add({ limit }),
};

/**
 * Shows the figures of a gateway at each scrape, until the returned function is called; several
 * gateways of one process (tests) are added up.
 */
export function showGateway(
  facts: () => GatewayFacts,
  spool: { readonly bytes: number },
): () => void {
  const hide = [
    sessions.show(() => one(facts().sessions)),
    viewPosition.show(() => [
      { labels: { lane: 'fast' }, value: facts().fastPosition },
      { labels: { lane: 'bulk' }, value: facts().bulkPosition },
    ]),
    viewStaleness.show(() => one(facts().stalenessMs / 1_000)),
    spoolBytes.show(() => one(spool.bytes)),
  ];
  return () => {
    for (const one of hide) one();
  };
}
