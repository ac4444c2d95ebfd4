import { networkOf } from '@tallystick/kernel';
import type { Settings } from '@tallystick/services-edge';
import { WindowCounter } from '../decide/rate-limits.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * How a CONNECT is looked at.
 * - `open`: its address has not been refused too often.
 * - `strict`: it has, and devices behind it may be right all the same: their proofs are looked at, at a bounded rate.
 * - `shut`: that rate is used up.
 */
export type Look = 'open' | 'strict' | 'shut';

/** What one address and one name may ask for; beyond it the answer is the retryable refusal. An address of IPv6 stands for its /64. */
export class ConnectLimits {
  readonly #refusals: WindowCounter;
  readonly #checksOfAddress: WindowCounter;
  readonly #checksOfName: WindowCounter;
  readonly #claimsOfAddress: WindowCounter;
  readonly #claimsOfName: WindowCounter;

  constructor(limits: Settings['limits']) {
    const window = (windowMs: number, limit: number): WindowCounter =>
      new WindowCounter({ windowMs, limit });
    this.#refusals = window(MINUTE_MS, limits.refusalsPerAddressPerMinute);
    this.#checksOfAddress = window(SECOND_MS, limits.checksPerAddressPerSecond);
    this.#checksOfName = window(SECOND_MS, limits.checksPerNamePerSecond);
    this.#claimsOfAddress = window(SECOND_MS, limits.claimsPerAddressPerSecond);
    this.#claimsOfName = window(SECOND_MS, limits.claimsPerNamePerSecond);
  }

  /** Counts a look at the name's proof where the address is past its refusals. Unknown names are counted like known ones. */
  look(remoteAddress: string, name: string, nowMs: number): Look {
    const place = placeOf(remoteAddress);
    if (!this.#refusals.spent(place, nowMs)) return 'open';
    const may =
      this.#checksOfAddress.take(place, nowMs) &&
      this.#checksOfName.take(`${place} ${name}`, nowMs);
    return may ? 'strict' : 'shut';
  }

  refused(remoteAddress: string, nowMs: number): void {
    this.#refusals.take(placeOf(remoteAddress), nowMs);
  }

  mayClaim(remoteAddress: string, name: string, nowMs: number): boolean {
    return (
      this.#claimsOfAddress.take(placeOf(remoteAddress), nowMs) &&
      this.#claimsOfName.take(name, nowMs)
    );
  }
}

/** Of `ip:port` what counts as one address. */
export function placeOf(remoteAddress: string): string {
  return networkOf(remoteAddress.slice(0, remoteAddress.lastIndexOf(':')));
}
