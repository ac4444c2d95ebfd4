import type { DecisionReason, DecisionRecord } from '@tallystick/contracts';
import { toRfc3339 } from '@tallystick/kernel';

/** One decision, as it is counted. */
export interface CountedDecision {
  readonly decision: DecisionRecord['decision'];
  readonly reason: DecisionReason;
  readonly rule: string;
  readonly tenant: string | null;
  readonly productKey: string | null;
  readonly deviceKey: string | null;
  readonly deviceId: string | null;
  readonly clientIdHash: () => string;
  readonly viewPosition: number;
  readonly secretVersion: number | null;
}

/** A record to be sent, and what its headers need. */
export interface DecisionOut {
  readonly tenant: string | null;
  readonly deviceId: string | null;
  readonly atMs: number;
  readonly record: DecisionRecord;
}

interface Counter {
  /** What a count says besides its number: how it stands now, not how it stood when the name was first heard of. */
  latest: CountedDecision;
  count: number;
  from: number;
  to: number;
}

export const WINDOW_MS = 10_000;
const MAX_NAMES = 50_000;
/** Allowed connects are sampled: so many of a window are told at once; when they are used up, the window's others are not even counted. */
const ALLOWS_PER_WINDOW = 1_000;

/** The first decision of a (name, reason) is told at once; what follows in its window is counted and told once, at its end. */
export class DecisionCounters {
  readonly #gatewayId: string;
  #counters = new Map<string, Counter>();
  #allows = 0;

  constructor(gatewayId: string) {
    this.#gatewayId = gatewayId;
  }

  /** The record to send now; null: it was counted, or there are too many names to count. */
  add(decision: CountedDecision, nowMs: number): DecisionOut | null {
    const isAllow = decision.decision === 'allow';
    if (isAllow && this.#allows >= ALLOWS_PER_WINDOW) return null;
    const { tenant, productKey, deviceKey, reason } = decision;
    const name = `${tenant ?? ''}/${productKey ?? ''}/${deviceKey ?? ''}|${reason}`;
    const counter = this.#counters.get(name);
    if (counter !== undefined) {
      if (counter.count === 0) counter.from = nowMs;
      counter.latest = decision;
      counter.count += 1;
      counter.to = nowMs;
      return null;
    }
    if (this.#counters.size >= MAX_NAMES) return null;
    if (isAllow) this.#allows += 1;
    this.#counters.set(name, { latest: decision, count: 0, from: nowMs, to: nowMs });
    return this.#out({ latest: decision, count: 1, from: nowMs, to: nowMs });
  }

  /** Ends the window: what was counted since. A name that was quiet is forgotten, so that its next decision is told at once. */
  endWindow(): readonly DecisionOut[] {
    const counted = [...this.#counters].filter(([, counter]) => counter.count > 0);
    const out = counted.map(([, counter]) => this.#out(counter));
    this.#counters = new Map(
      counted.map(([name, counter]) => [name, { ...counter, count: 0 }] as const),
    );
    this.#allows = 0;
    return out;
  }

  #out({ latest, count, from, to }: Counter): DecisionOut {
    const { decision, reason, rule, productKey, deviceKey, viewPosition, secretVersion } = latest;
    return {
      tenant: latest.tenant,
      deviceId: latest.deviceId,
      atMs: to,
      record: {
        ...{ decision, reason, rule, productKey, deviceKey },
        clientIdHash: latest.clientIdHash(),
        gatewayId: this.#gatewayId,
        ...{ viewPosition, secretVersion, count },
        from: toRfc3339(from),
        to: toRfc3339(to),
      },
    };
  }
}
