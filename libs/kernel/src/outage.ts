export interface OutageReport {
  /** It is away: nobody reaches it. */
  readonly away: (why: string) => void;
  readonly back: (awayMs: number) => void;
}

/** What mends itself sooner is not worth a word. */
const GRACE_MS = 2_000;

/**
 * Reports once that an outside part is away, and once that it is back, however many callers notice
 * it. It is away when a caller has failed for some time, and back when no caller is failing any
 * more.
 */
export class Outage {
  readonly #report: OutageReport;
  readonly #now: () => number;
  /** Since when each has failed. */
  readonly #failing = new Map<string, number>();
  #since: number | null = null;

  /** `now`: monotonic milliseconds. */
  constructor(report: OutageReport, now: () => number = () => performance.now()) {
    this.#report = report;
    this.#now = now;
  }

  get told(): boolean {
    return this.#since !== null;
  }

  /** `lastedMs`: how long the try took that has failed. */
  failed(who: string, why: string, lastedMs = 0): void {
    const now = this.#now();
    const since = this.#failing.get(who) ?? now - lastedMs;
    this.#failing.set(who, since);
    if (this.#since !== null || now - since < GRACE_MS) return;
    this.#since = since;
    this.#report.away(why);
  }

  succeeded(who: string): void {
    this.#failing.delete(who);
    if (this.#failing.size > 0 || this.#since === null) return;
    const awayMs = Math.round(this.#now() - this.#since);
    this.#since = null;
    this.#report.back(awayMs);
  }

  /** It will not try again, and says nothing more. */
  forget(who: string): void {
    this.#failing.delete(who);
  }
}
