import { networkOf } from '@tallystick/kernel';
import type { Settings } from '@tallystick/services-edge';
import { WindowCounter } from '../decide/rate-limits.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Looks a second that a known name has whatever else its address sends. */
const OWN_LOOKS = 10;

/**
 * How a CONNECT is looked at.
 * - `open`: its address has not been refused too often.
 * - `strict`: it has, but devices behind it may have the right secret: their proofs are checked
 *   at a bounded rate.
 * - `shut`: that rate is used up.
 */
export type Look = 'open' | 'strict' | 'shut';

/** The names in a CONNECT, and whether the view holds that device. */
export interface NamedConnect {
  readonly name: string;
  readonly isKnown: () => boolean;
}

/**
 * What one address and one name may ask for; beyond it the answer is the retryable refusal. An
 * address of IPv6 stands for its /64.
 */
export class ConnectLimits {
  readonly #refusals: WindowCounter;
  readonly #checksOfAddress: WindowCounter;
  readonly #checksOfUnknown: WindowCounter;
  readonly #checksOfName: WindowCounter;
  readonly #claimsOfAddress: WindowCounter;
  readonly #claimsOfName: WindowCounter;

  constructor(limits: Settings['limits']) {
    const window = (windowMs: number, limit: number): WindowCounter =>
      new WindowCounter({ windowMs, limit });
    this.#refusals = window(MINUTE_MS, limits.refusalsPerAddressPerMinute);
    this.#checksOfAddress = window(SECOND_MS, limits.checksPerAddressPerSecond);
    this.#checksOfUnknown = window(SECOND_MS, limits.checksPerAddressPerSecond);
    this.#checksOfName = window(SECOND_MS, limits.checksPerNamePerSecond);
    this.#claimsOfAddress = window(SECOND_MS, limits.claimsPerAddressPerSecond);
    this.#claimsOfName = window(SECOND_MS, limits.claimsPerNamePerSecond);
  }

  /**
   * Counts a look at the name's proof where the address is past its refusals. Names that nobody has
   * are counted apart, and a known name has a few looks of its own: neither random names nor other
   * devices use up those of a right one.
   */
  look(remoteAddress: string, named: NamedConnect, nowMs: number): Look {
    const place = placeOf(remoteAddress);
    if (!this.#refusals.spent(place, nowMs)) return 'open';
    const may = named.isKnown()
      ? this.#takeLookAtKnown(place, named.name, nowMs)
      : this.#checksOfUnknown.take(place, nowMs);
    return may ? 'strict' : 'shut';
  }

  #takeLookAtKnown(place: string, name: string, nowMs: number): boolean {
    const looks = this.#checksOfName.count(`${place} ${name}`, nowMs);
    if (looks <= OWN_LOOKS) return true;
    return looks <= this.#checksOfName.limit && this.#checksOfAddress.take(place, nowMs);
  }

  refused(remoteAddress: string, nowMs: number): void {
    this.#refusals.take(placeOf(remoteAddress), nowMs);
  }

  /** Counts a claim of the address, and of the name; false: it is one too many. */
  takeClaim(remoteAddress: string, name: string, nowMs: number): boolean {
    return (
      this.#claimsOfAddress.take(placeOf(remoteAddress), nowMs) &&
      this.#claimsOfName.take(name, nowMs)
    );
  }
}

/** The part of `ip:port` that limits count as one address. */
export function placeOf(remoteAddress: string): string {
  return networkOf(remoteAddress.slice(0, remoteAddress.lastIndexOf(':')));
}
