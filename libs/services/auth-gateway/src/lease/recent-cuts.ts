const KEPT_MS = 60_000;

/** Sessions cut because of a position, of the last minute. */
export class RecentCuts {
  readonly #cuts = new Map<number, { sessions: number; at: number }>();

  add(position: number, sessions: number, nowMs: number): void {
    const cut = this.#cuts.get(position);
    if (cut === undefined) this.#cuts.set(position, { sessions, at: nowMs });
    else cut.sessions += sessions;
  }

  recent(nowMs: number): readonly { readonly position: number; readonly sessions: number }[] {
    for (const [position, { at }] of this.#cuts)
      if (nowMs - at > KEPT_MS) this.#cuts.delete(position);
    return [...this.#cuts].map(([position, { sessions }]) => ({ position, sessions }));
  }
}
