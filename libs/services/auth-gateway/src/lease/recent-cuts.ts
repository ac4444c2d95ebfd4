const KEPT_MS = 60_000;
/** Cuts of one report: some 200 kB, far below what a bus takes for a record. */
export const CUTS_PER_REPORT = 4_000;
/** How many cuts of a report may be repeats, for readers that have just begun. */
const TOLD_AGAIN = 500;
/** Positions that are remembered; beyond them the oldest is forgotten. */
const MOST_CUTS = 200_000;

export interface ReportedCut {
  readonly position: number;
  readonly sessions: number;
}

interface Cut {
  sessions: number;
  at: number;
  /** How many of the sessions an acknowledged report has told. */
  told: number;
}

export interface CutsPage {
  readonly cuts: readonly ReportedCut[];
  /**
   * The lowest position whose cuts are not in this page, nor told before; Infinity: none. No
   * position from there on may be reported as applied yet.
   */
  readonly untoldFrom: number;
}

/**
 * Sessions that were cut because of a position. They are reported in pages, the lowest positions
 * first, and repeated for a minute where there is room.
 */
export class RecentCuts {
  readonly #cuts = new Map<number, Cut>();

  add(position: number, sessions: number, nowMs: number): void {
    const cut = this.#cuts.get(position);
    if (cut === undefined) this.#cuts.set(position, { sessions, at: nowMs, told: 0 });
    else {
      cut.sessions += sessions;
      cut.at = nowMs;
    }
    if (this.#cuts.size <= MOST_CUTS) return;
    const [oldest] = this.#cuts.keys();
    if (oldest !== undefined) this.#cuts.delete(oldest);
  }

  page(nowMs: number, most = CUTS_PER_REPORT): CutsPage {
    for (const [position, { at, sessions, told }] of this.#cuts)
      if (told === sessions && nowMs - at > KEPT_MS) this.#cuts.delete(position);
    const cuts = [...this.#cuts].map(([position, cut]) => ({ position, ...cut }));
    const untold = cuts.filter(({ sessions, told }) => told < sessions);
    untold.sort((a, b) => a.position - b.position);
    const told = cuts.filter((cut) => cut.told === cut.sessions).slice(-TOLD_AGAIN);
    const page = [...untold, ...told].slice(0, most);
    return {
      cuts: page.map(({ position, sessions }) => ({ position, sessions })),
      untoldFrom: untold[most]?.position ?? Infinity,
    };
  }

  /** The log has a page. */
  told({ cuts }: CutsPage): void {
    for (const { position, sessions } of cuts) {
      const cut = this.#cuts.get(position);
      if (cut !== undefined) cut.told = Math.max(cut.told, sessions);
    }
  }
}
