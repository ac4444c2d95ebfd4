import { Buffer } from 'node:buffer';

/** What an entry of a map costs besides its text. */
const ENTRY_BYTES = 64;

export const filterCost = (filter: string): number => Buffer.byteLength(filter) + ENTRY_BYTES;

/** What the filters of all live sessions may cost together. */
export class FilterRoom {
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
}
