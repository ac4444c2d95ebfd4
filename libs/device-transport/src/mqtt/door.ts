import { networkOf } from '@tallystick/kernel';
import type { MqttLimits } from './limits.ts';

/** The bound that keeps a socket out. */
export type DoorLimit = 'maxConnections' | 'maxHalfOpen' | 'maxHalfOpenPerAddress';

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
  readonly #limits: MqttLimits;
  readonly #halfOpenBy = new Map<string, number>();
  #open = 0;
  #halfOpen = 0;

  constructor(limits: MqttLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  get halfOpen(): number {
    return this.#halfOpen;
  }

  /** Null: it is in. Otherwise what is full; nothing is counted. */
  enter(address: string): DoorLimit | null {
    const network = networkOf(address);
    const here = this.#halfOpenBy.get(network) ?? 0;
    const full = this.#fullFor(here);
    if (full !== null) return full;
    this.#halfOpenBy.set(network, here + 1);
    this.#halfOpen += 1;
    this.#open += 1;
    return null;
  }

  #fullFor(here: number): DoorLimit | null {
    const { maxConnections, maxHalfOpen, maxHalfOpenPerAddress } = this.#limits;
    if (this.#open >= maxConnections) return 'maxConnections';
    if (this.#halfOpen >= maxHalfOpen) return 'maxHalfOpen';
    return here >= maxHalfOpenPerAddress ? 'maxHalfOpenPerAddress' : null;
  }

  /** Once for each socket that entered: when it is admitted, or when it ends without. */
  settled(address: string): void {
    this.#halfOpen -= 1;
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
