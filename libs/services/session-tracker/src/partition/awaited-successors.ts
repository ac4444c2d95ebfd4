/** How long the opening of a promised successor is waited for. */
const SUCCESSOR_MS = 10_000;
/** Beats further apart say nothing: meanwhile the opening could not be read either. */
const LONGEST_STEP_MS = 2_500;

/**
 * Since when sessions have waited for the opening that their own gateway promised, counted in own
 * beats. After an outage, two records of a gateway may be read far apart, so times in them do not
 * tell how long this process has waited.
 */
export class AwaitedSuccessors {
  readonly #since = new Map<string, number>();
  #lastBeatAt = -Infinity;

  /** The sessions that have waited long enough, of all that wait at this beat. */
  overdue(waiting: readonly string[], at: number): ReadonlySet<string> {
    const step = at - this.#lastBeatAt;
    this.#lastBeatAt = at;
    const known =
      step >= 0 && step <= LONGEST_STEP_MS ? new Map(this.#since) : new Map<string, number>();
    this.#since.clear();
    for (const sessionId of waiting) this.#since.set(sessionId, known.get(sessionId) ?? at);
    return new Set(waiting.filter((id) => at - (this.#since.get(id) ?? at) >= SUCCESSOR_MS));
  }
}
