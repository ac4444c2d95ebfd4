import type { DecisionRecord } from '@tallystick/contracts';
import { toRfc3339 } from '@tallystick/kernel';
import type { CountedDecision, GroupOf } from './decision-groups.ts';

/**
 * A decision to be sent, and what its headers need. The record is made only when it is sent: making
 * those of a whole fleet at once would stall the gateway.
 */
export interface DecisionOut {
  readonly tenant: string | null;
  readonly deviceId: string | null;
  readonly clientId: string | null;
  readonly atMs: number;
  readonly toRecord: () => DecisionRecord;
}

interface Counter {
  /** The facts beside the count: those of the latest decision, not of the first one. */
  latest: CountedDecision;
  count: number;
  from: number;
  to: number;
}

export const WINDOW_MS = 10_000;
const MAX_GROUPS = 50_000;
/** Beside them, where their names are not told apart any more. */
const MAX_PRODUCTS = 10_000;
/**
 * Allowed connects are sampled: this many of a window are sent at once; further ones are counted by
 * their product.
 */
const ALLOWS_PER_WINDOW = 1_000;

/**
 * The first decision of a known name's group is sent at once; the next ones in its window are
 * counted, and the count is sent at the end of the window.
 */
export class DecisionCounters {
  readonly #gatewayId: string;
  readonly #groupOf: GroupOf;
  #counters = new Map<string, Counter>();
  #allows = 0;

  constructor(gatewayId: string, groupOf: GroupOf) {
    this.#gatewayId = gatewayId;
    this.#groupOf = groupOf;
  }

  /** The record to send now; null: it was counted, or is not for this topic. */
  add(decision: CountedDecision, nowMs: number): DecisionOut | null {
    const isAllow = decision.decision === 'allow';
    if (isAllow && this.#allows >= ALLOWS_PER_WINDOW) return this.#ofProduct(decision, nowMs);
    const group = this.#groupOf(decision);
    if (group === null || this.#count(group.key, decision, nowMs)) return null;
    if (this.#counters.size >= MAX_GROUPS) return this.#ofProduct(decision, nowMs);
    if (isAllow) this.#allows += 1;
    const first = { latest: decision, count: 1, from: nowMs, to: nowMs };
    this.#counters.set(group.key, group.atOnce ? { ...first, count: 0 } : first);
    return group.atOnce ? this.#out(first) : null;
  }

  /** Counts one more of a group that there is. */
  #count(key: string, decision: CountedDecision, nowMs: number): boolean {
    const counter = this.#counters.get(key);
    if (counter === undefined) return false;
    if (counter.count === 0) counter.from = nowMs;
    counter.latest = decision;
    counter.count += 1;
    counter.to = nowMs;
    return true;
  }

  /**
   * There are too many names to count each by itself: as of a name that nobody has, so that the
   * sums are right. Such groups are as few as the products that the view holds.
   */
  #ofProduct(decision: CountedDecision, nowMs: number): null {
    const nameless = { ...decision, deviceKey: null, deviceId: null, clientId: null };
    const group = this.#groupOf({ ...nameless, knownUnit: false });
    if (group === null || this.#count(group.key, nameless, nowMs)) return null;
    if (this.#counters.size < MAX_GROUPS + MAX_PRODUCTS)
      this.#counters.set(group.key, { latest: nameless, count: 1, from: nowMs, to: nowMs });
    return null;
  }

  /**
   * Ends the window and returns what was counted. A group without a decision in it is forgotten, so
   * that its next decision is sent at once.
   */
  endWindow(): readonly DecisionOut[] {
    const counted = [...this.#counters].filter(([, counter]) => counter.count > 0);
    const out = counted.map(([, counter]) => this.#out(counter));
    this.#counters = new Map(
      counted.map(([key, counter]) => [key, { ...counter, count: 0 }] as const),
    );
    this.#allows = 0;
    return out;
  }

  #out(counter: Readonly<Counter>): DecisionOut {
    const { tenant, deviceId, clientId } = counter.latest;
    const toRecord = (): DecisionRecord => this.#record(counter);
    return { ...{ tenant, deviceId, clientId, toRecord }, atMs: counter.to };
  }

  #record({ latest, count, from, to }: Readonly<Counter>): DecisionRecord {
    const { decision, reason, rule, tenant, deviceId, viewPosition, secretVersion } = latest;
    return {
      ...{ decision, reason, rule },
      // A name that nobody has is in no record: whoever makes names up would fill the topic with
      // them.
      productKey: tenant === null ? null : latest.productKey,
      deviceKey: deviceId === null ? null : latest.deviceKey,
      clientIdHash: latest.clientIdHash(),
      gatewayId: this.#gatewayId,
      ...{ viewPosition, secretVersion, count },
      from: toRfc3339(from),
      to: toRfc3339(to),
    };
  }
}
