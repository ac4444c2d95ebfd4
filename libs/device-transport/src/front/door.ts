import { networkOf } from '@tallystick/kernel';

export interface DoorLimits {
  readonly maxConnections: number;
  /** Sockets that nothing has been granted to yet. */
  readonly maxHalfOpen: number;
  readonly maxHalfOpenPerAddress: number;
}

/** The bound that keeps a socket out. */
export type DoorLimit = keyof DoorLimits;

/** A socket that was closed as soon as it came. */
export interface TurnedAway {
  /** Without the port. */
  readonly address: string;
  readonly limit: DoorLimit;
}

/**
 * Counts who stands at the door: open sockets, and those not yet admitted, overall and per address
 * (IPv6: per /64).
 */
export class Door {
  readonly #limits: DoorLimits;
  readonly #halfOpenBy = new Map<string, number>();
  #open = 0;
  #halfOpen = 0;

  constructor(limits: DoorLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  get halfOpen(): number {
    return this.#halfOpen;
  }

  /** Networks with somebody half open. */
  get networks(): number {
    return this.#halfOpenBy.size;
  }

  /**
   * Null: it is in. Otherwise what is full; nothing is counted. An address of null is not known
   * yet: a proxy has still to tell it.
   */
  enter(address: string | null): DoorLimit | null {
    const { maxConnections, maxHalfOpen } = this.#limits;
    if (this.#open >= maxConnections) return 'maxConnections';
    if (this.#halfOpen >= maxHalfOpen) return 'maxHalfOpen';
    if (address !== null && !this.named(address)) return 'maxHalfOpenPerAddress';
    this.#halfOpen += 1;
    this.#open += 1;
    return null;
  }

  /** For one that entered without an address. False: too many of it; it is not counted as such. */
  named(address: string): boolean {
    const network = networkOf(address);
    const here = this.#halfOpenBy.get(network) ?? 0;
    if (here >= this.#limits.maxHalfOpenPerAddress) return false;
    this.#halfOpenBy.set(network, here + 1);
    return true;
  }

  /** Once for each socket that entered: when it is admitted, or when it ends without. */
  settled(address: string | null): void {
    this.#halfOpen -= 1;
    if (address === null) return;
    const network = networkOf(address);
    const here = (this.#halfOpenBy.get(network) ?? 1) - 1;
    if (here > 0) this.#halfOpenBy.set(network, here);
    else this.#halfOpenBy.delete(network);
  }

  /** Once for each socket that entered, when it is gone. */
  left(): void {
    this.#open -= 1;
  }
}
