import type { Settings } from '@tallystick/services-edge';
import { WindowCounter } from '../decide/rate-limits.ts';

/** What one address and one name may ask for; beyond it the answer is the retryable refusal. */
export class ConnectLimits {
  readonly #refusals: WindowCounter;
  readonly #claimsOfAddress: WindowCounter;
  readonly #claimsOfName: WindowCounter;

  constructor(limits: Settings['limits']) {
    this.#refusals = new WindowCounter({
      windowMs: 60_000,
      limit: limits.refusalsPerAddressPerMinute,
    });
    this.#claimsOfAddress = new WindowCounter({
      windowMs: 1_000,
      limit: limits.claimsPerAddressPerSecond,
    });
    this.#claimsOfName = new WindowCounter({
      windowMs: 1_000,
      limit: limits.claimsPerNamePerSecond,
    });
  }

  /** May this address still be refused, or has it been often enough? */
  open(address: string, nowMs: number): boolean {
    return !this.#refusals.spent(address, nowMs);
  }

  refused(address: string, nowMs: number): void {
    this.#refusals.take(address, nowMs);
  }

  mayClaim(address: string, name: string, nowMs: number): boolean {
    return this.#claimsOfAddress.take(address, nowMs) && this.#claimsOfName.take(name, nowMs);
  }
}

/** `ip:port` without the port. */
export function addressOf(remoteAddress: string): string {
  return remoteAddress.slice(0, remoteAddress.lastIndexOf(':'));
}
