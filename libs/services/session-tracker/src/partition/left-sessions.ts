import type { LiveSession } from '@tallystick/domain';

/**
 * Gateways pack what they say for 20 ms: by then the session for which a device left another one is
 * heard of.
 */
const PACKED_MS = 200;
/**
 * A signal that arrives so late has waited in a spool, and other gateways' signals of that time may
 * still wait in theirs.
 */
const SPOOLED_MS = 1_000;
const SPOOLS_MS = 3_000;

/**
 * Since when sessions that were left have waited for a newer one to turn up that was opened before.
 */
export class LeftSessions {
  #due: ReadonlyMap<LiveSession, number> = new Map();

  /** Those that have waited long enough, of all that wait now. */
  over(waiting: readonly LiveSession[], now: number): ReadonlySet<LiveSession> {
    const due = new Map(
      waiting.map((one) => [one, this.#due.get(one) ?? now + patienceFor(one, now)]),
    );
    this.#due = due;
    return new Set(waiting.filter((one) => (due.get(one) ?? now) <= now));
  }
}

function patienceFor({ left }: LiveSession, now: number): number {
  return left !== null && now - left.at > SPOOLED_MS ? SPOOLS_MS : PACKED_MS;
}
