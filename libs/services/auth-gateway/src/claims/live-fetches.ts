import type { DeviceIdentity } from '../gateway.types.ts';
import type { SecretClaim } from '../decide/decision.types.ts';
import type { FetchBasis } from '../decide/judge-fetch.ts';
import type { SecretGrant } from './secret-claims.ts';

/**
 * Beyond it the oldest is not looked for any more: it is judged once more when its device says
 * something, and its listener closes it in time.
 */
const MOST_KEPT = 20_000;

/** A session that was let in to fetch its device's secret. */
export interface Fetch {
  readonly sessionId: string;
  readonly claim: SecretClaim;
  readonly grant: SecretGrant;
  readonly basis: FetchBasis;
  /** Its time is over then, by the monotonic clock: its listener has closed it. */
  readonly untilMs: number;
  /** It may fetch nothing any more, or is the device's own session by now. */
  over: boolean;
}

type Name = Pick<FetchBasis, 'productKey' | 'deviceKey'>;
const nameOf = ({ productKey, deviceKey }: Name): string => `${productKey}/${deviceKey}`;

/**
 * The sessions that fetch, by device. Nobody tells of their end: each is forgotten when its time is
 * over, so that they are as few as can be live.
 */
export class LiveFetches {
  /** In the order in which they began, and so in that in which they are over. */
  readonly #all = new Map<string, Fetch>();
  readonly #ofName = new Map<string, Set<Fetch>>();
  readonly #byIdentity = new WeakMap<DeviceIdentity, Fetch>();

  get size(): number {
    return this.#all.size;
  }

  add(identity: DeviceIdentity, fetch: Fetch, nowMs: number): void {
    for (const earlier of this.#all.values()) {
      if (earlier.untilMs <= nowMs) this.remove(earlier);
      else if (this.#all.size >= MOST_KEPT) this.#forget(earlier);
      else break;
    }
    this.#byIdentity.set(identity, fetch);
    this.#all.set(fetch.sessionId, fetch);
    const name = nameOf(fetch.basis);
    const same = this.#ofName.get(name) ?? new Set();
    this.#ofName.set(name, same.add(fetch));
  }

  remove(fetch: Fetch): void {
    fetch.over = true;
    this.#forget(fetch);
  }

  #forget(fetch: Fetch): void {
    this.#all.delete(fetch.sessionId);
    const name = nameOf(fetch.basis);
    const same = this.#ofName.get(name);
    same?.delete(fetch);
    if (same?.size === 0) this.#ofName.delete(name);
  }

  of(identity: DeviceIdentity): Fetch | undefined {
    return this.#byIdentity.get(identity);
  }

  ofDevice(name: Name): readonly Fetch[] {
    return [...(this.#ofName.get(nameOf(name)) ?? [])];
  }

  ofProduct(productKey: string): readonly Fetch[] {
    return this.all().filter(({ basis }) => basis.productKey === productKey);
  }

  all(): readonly Fetch[] {
    return [...this.#all.values()];
  }
}
