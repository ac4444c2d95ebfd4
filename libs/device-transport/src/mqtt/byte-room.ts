/** Bytes that many sessions may hold together. */
export class ByteRoom {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** False: there is no room, nothing was taken. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }

  /**
   * For what is there already: it was so much before, and is so much now. False: it has grown
   * beyond the room.
   */
  recount(before: number, now: number): boolean {
    this.#used += now - before;
    return now <= before || this.#used <= this.#limit;
  }
}
