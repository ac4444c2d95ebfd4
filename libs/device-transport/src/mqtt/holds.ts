/**
 * Why a socket is not read: see the owner of each. `unsent`: the client does not read its answers.
 */
export type HoldReason = 'decision' | 'uplink' | 'adopted' | 'unsent';

const BIT = { decision: 1, uplink: 2, adopted: 4, unsent: 8 } satisfies Record<HoldReason, number>;

/** The reasons for which one socket is not read now. */
export class Holds {
  #bits = 0;

  get any(): boolean {
    return this.#bits !== 0;
  }

  has(reason: HoldReason): boolean {
    return (this.#bits & BIT[reason]) !== 0;
  }

  add(reason: HoldReason): void {
    this.#bits |= BIT[reason];
  }

  /** True: this was the last one. */
  remove(reason: HoldReason): boolean {
    const held = this.any;
    this.#bits &= ~BIT[reason];
    return held && !this.any;
  }
}
