/** A record of internal.gateways.v1, key = gatewayId. */
export interface GatewayReport {
  readonly kind: 'gateway';
  readonly gatewayId: string;
  /** New at each start. */
  readonly incarnation: string;
  /**
   * The incarnation before it, known to be dead: only that one's live lease passes to this one.
   * Absent: none is known.
   */
  readonly replaces?: string;
  readonly term: number;
  /** False while it catches up: it holds its lease, but serves nobody. */
  readonly ready: boolean;
  /** True in the last word of a clean stop: the lease is given back. */
  readonly released: boolean;
  /** By the gateway's clock, corrected to the log's, epoch milliseconds. */
  readonly reportedAt: number;
  /** How far its own clock is ahead of the log's. Absent: an earlier release, or not yet known. */
  readonly clockErrorMs?: number;
  readonly leaseMs: number;
  /** The store position each lane has been applied up to. */
  readonly fastPosition: number;
  readonly bulkPosition: number;
  readonly stalenessMs: number;
  readonly sessions: number;
  /**
   * The same by tenant: those with the most, at most 500. Absent: an earlier release, where all are
   * of tenant default.
   */
  readonly sessionsOf?: Readonly<Record<string, number>>;
  /**
   * The longest of its staleness budgets: after this long without a fast tick it lets nobody in.
   */
  readonly longestBudgetMs: number;
  readonly tokenBudgetMs: number;
  /** Sessions cut because of a position, of the last minute's positions that cut any. */
  readonly cuts: readonly { readonly position: number; readonly sessions: number }[];
}

/**
 * Written each second by every registry (`registry/<id>`) and session-tracker (`tracker/<id>`) and
 * read back: the log's own clock.
 */
export interface Beat {
  readonly kind: 'beat';
  readonly writer: string;
  readonly at: number;
}

/**
 * An operator has said that this gateway is gone for good. It no longer counts, unless it reports
 * again after this. Key = gatewayId.
 */
export interface GatewayRetired {
  readonly kind: 'retired';
  readonly gatewayId: string;
  readonly at: number;
}

export type GatewaysRecord = GatewayReport | Beat | GatewayRetired;
