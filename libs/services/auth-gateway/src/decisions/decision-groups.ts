import type { DecisionReason, DecisionRecord } from '@tallystick/contracts';
import type { Named } from '../decide/decision.types.ts';

/** One decision, as it is counted. */
export interface CountedDecision extends Named {
  readonly decision: DecisionRecord['decision'];
  readonly reason: DecisionReason;
  readonly rule: string;
  readonly clientIdHash: () => string;
  readonly viewPosition: number;
  readonly secretVersion: number | null;
}

/** What is counted together. */
export interface DecisionGroup {
  readonly key: string;
  /**
   * Whether the first decision of the group is sent at once; otherwise it is counted like the next
   * ones.
   */
  readonly atOnce: boolean;
}

/** Null: the decision is not counted at all. */
export type GroupOf = (decision: CountedDecision) => DecisionGroup | null;

/**
 * For identity.decisions.v1: by known name and reason; unknown names by product and reason, unknown
 * products by reason alone. Their number is bounded by what the view holds, not by what is said.
 */
export const byName: GroupOf = ({ decision, reason, ...of }) => {
  const key = `${decision}|${reason}|`;
  if (of.tenant === null) return { key, atOnce: false };
  const product = `${key}${of.tenant}/${of.productKey ?? ''}`;
  if (of.deviceId === null) return { key: product, atOnce: false };
  return { key: `${product}/${of.deviceKey ?? ''}`, atOnce: true };
};

/**
 * For `explain`: as above, each unit of a device by itself. What names no device cannot be asked
 * for, and is not counted.
 */
export const byUnit: GroupOf = (decision) => {
  const group = decision.deviceId === null ? null : byName(decision);
  const unit = decision.knownUnit ? (decision.clientId ?? '') : '';
  return group === null ? null : { ...group, key: `${group.key}|${unit}` };
};
