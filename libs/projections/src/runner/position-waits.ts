/** Waits for a position. It only grows, except in a rebuild. */
export class PositionWaits {
  #position = 0;
  readonly #waits = new Set<{ readonly position: number; readonly end: () => void }>();

  get position(): number {
    return this.#position;
  }

  moveTo(position: number): void {
    this.#position = position;
    for (const wait of [...this.#waits]) if (position >= wait.position) wait.end();
  }

  async until(position: number, timeoutMs: number): Promise<boolean> {
    if (this.#position >= position) return true;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waits.delete(wait);
        resolve();
      };
      const wait = { position, end };
      const timer = setTimeout(end, timeoutMs);
      this.#waits.add(wait);
    });
    return this.#position >= position;
  }

  endAll(): void {
    for (const wait of [...this.#waits]) wait.end();
  }
}
