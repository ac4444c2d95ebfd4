import type { MqttLimits } from './limits.ts';

/** Counts who stands at the door: open sockets, and those not yet admitted, overall and per address. */
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

  /** False: full; nothing is counted. */
  enter(address: string): boolean {
    const here = this.#halfOpenBy.get(address) ?? 0;
    const { maxConnections, maxHalfOpen, maxHalfOpenPerAddress } = this.#limits;
    if (this.#open >= maxConnections || this.#halfOpen >= maxHalfOpen) return false;
    if (here >= maxHalfOpenPerAddress) return false;
    this.#halfOpenBy.set(address, here + 1);
    this.#halfOpen += 1;
    this.#open += 1;
    return true;
  }

  /** Once for each socket that entered: when it is admitted, or when it ends without. */
  settled(address: string): void {
    this.#halfOpen -= 1;
    const here = (this.#halfOpenBy.get(address) ?? 1) - 1;
    if (here > 0) this.#halfOpenBy.set(address, here);
    else this.#halfOpenBy.delete(address);
  }

  /** Once for each socket that entered, when it is gone. */
  left(): void {
    this.#open -= 1;
  }
}
