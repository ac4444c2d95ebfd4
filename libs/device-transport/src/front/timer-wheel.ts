const SLOTS = 64;

/** Something with a deadline that moves: asked again when its slot comes round. */
export interface Timed {
  /** Kept by the wheel; -1: not in it. */
  wheelSlot: number;
  /** The tick at which it is due; Infinity: never. */
  dueTick(): number;
  expire(): void;
}

/**
 * One timer for every deadline of a listener. A deadline that moves (each packet moves the
 * keep-alive) costs nothing until its slot comes round, and what leaves is gone at once: closed
 * connections are not kept alive by a timer. Up to one tick late.
 */
export class TimerWheel {
  readonly tickMs: number;
  readonly #slots: Set<Timed>[];
  readonly #timer: NodeJS.Timeout;
  #now = 0;

  constructor(tickMs: number) {
    this.tickMs = tickMs;
    this.#slots = Array.from({ length: SLOTS }, () => new Set<Timed>());
    this.#timer = setInterval(() => {
      this.#tick();
    }, tickMs);
    this.#timer.unref();
  }

  get now(): number {
    return this.#now;
  }

  /** How many ticks are surely at least this long. */
  ticks(ms: number): number {
    return Math.ceil(ms / this.tickMs) + 1;
  }

  add(entry: Timed): void {
    const due = entry.dueTick();
    if (due === Infinity) return;
    entry.wheelSlot = (this.#now + Math.min(SLOTS - 1, Math.max(1, due - this.#now))) % SLOTS;
    this.#slots[entry.wheelSlot]?.add(entry);
  }

  remove(entry: Timed): void {
    if (entry.wheelSlot < 0) return;
    this.#slots[entry.wheelSlot]?.delete(entry);
    entry.wheelSlot = -1;
  }

  /** After a deadline has come nearer (one that has gone further away is found out by itself). */
  move(entry: Timed): void {
    this.remove(entry);
    this.add(entry);
  }

  size(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.size, 0);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#now += 1;
    const at = this.#now % SLOTS;
    const due = this.#slots[at];
    if (due === undefined || due.size === 0) return;
    this.#slots[at] = new Set();
    for (const entry of due) {
      // One that left while this slot was being worked off is not there any more.
      if (entry.wheelSlot !== at) continue;
      entry.wheelSlot = -1;
      if (entry.dueTick() <= this.#now) entry.expire();
      else this.add(entry);
    }
  }
}
