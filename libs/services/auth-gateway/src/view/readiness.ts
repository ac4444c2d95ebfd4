/** What the ready rule looks at. */
export interface ReadinessFacts {
  readonly startedAt: number;
  /**
   * The store's `upTo` and `upToTime` of the fast lane; `begun`: every partition has had a tick.
   */
  readonly fast: {
    readonly begun: boolean;
    readonly position: number;
    readonly upToTime: number;
    readonly incarnation: number;
  };
  readonly bulk: {
    readonly begun: boolean;
    readonly position: number;
    readonly incarnation: number;
  };
  /** The lowest position among the fast records read since the start; null: none. */
  readonly oldestFast: number | null;
}

/**
 * When a cold gateway may serve (libs/README.md, rule 5): its bulk position has passed the oldest
 * fast record it read, and its fast tick is younger than its start. Besides, bulk must reach what
 * that first young fast tick covered: a device registered before the start would be unknown until
 * then.
 */
export class ColdReadiness {
  #target: number | null = null;
  #ready = false;

  update(facts: ReadinessFacts): boolean {
    const young = facts.fast.begun && facts.fast.upToTime >= facts.startedAt;
    if (this.#ready || !young) return this.#ready;
    this.#target ??= facts.fast.position;
    const target = Math.max(this.#target, facts.oldestFast ?? 0);
    // Positions of an earlier incarnation of the store compare with nothing.
    const same = facts.bulk.incarnation >= facts.fast.incarnation;
    this.#ready = same && facts.bulk.begun && facts.bulk.position >= target;
    return this.#ready;
  }
}
