import type { Admission, SilenceRule } from '@tallystick/ports';
import type { TimerWheel } from '../front/timer-wheel.ts';

/**
 * How long a connection may be held back for the server's own sake before its quiet counts again.
 */
const HOLD_SECONDS = 60;

/** How long an admission lasts, and how long it may be silent. */
export type TimeTerms = Pick<Admission<unknown>, 'closeAfterMs' | 'silence'>;

/** When a connection ends by itself, in ticks of its wheel, and for what. */
export class Deadlines {
  readonly #wheel: TimerWheel;
  #seenTick: number;
  /** Ticks without a byte that are allowed; 0: any. */
  #keepAliveTicks: number;
  /** Ticks without a packet, or without a message, that the product allows; 0: any. */
  #silenceTicks = 0;
  #counts: SilenceRule['counts'] = 'packet';
  #packetTick: number;
  #messageTick: number;
  #endTick = Infinity;

  /** A connection that is not admitted within `connectMs` ends. */
  constructor(wheel: TimerWheel, connectMs: number) {
    this.#wheel = wheel;
    this.#keepAliveTicks = wheel.ticks(connectMs);
    this.#seenTick = this.#packetTick = this.#messageTick = wheel.now;
  }

  /** Any byte. */
  seen(): void {
    this.#seenTick = this.#wheel.now;
  }

  /** A whole packet. */
  packet(): void {
    this.#packetTick = this.#wheel.now;
  }

  /** Something that the device publishes. */
  message(): void {
    this.#messageTick = this.#wheel.now;
  }

  admitted(keepAliveSeconds: number, terms: TimeTerms): void {
    this.#count(this.#wheel.now);
    this.#keepAliveTicks = keepAliveSeconds === 0 ? 0 : this.#wheel.ticks(keepAliveSeconds * 1500);
    this.allowTime(terms);
  }

  /** Its end counts from now, its silence from what was heard last. */
  allowTime({ closeAfterMs, silence }: TimeTerms): void {
    const { now } = this.#wheel;
    this.#endTick = closeAfterMs === null ? Infinity : now + this.#wheel.ticks(closeAfterMs);
    this.allowSilence(silence);
  }

  /** Counts from what was heard last, not from now. */
  allowSilence(rule: SilenceRule | null): void {
    this.#silenceTicks = rule === null ? 0 : this.#wheel.ticks(rule.seconds * 1000);
    this.#counts = rule?.counts ?? 'packet';
  }

  /** A held client cannot show that it is alive. */
  held(): void {
    this.#count(this.#wheel.now + this.#wheel.ticks(HOLD_SECONDS * 1000));
  }

  released(): void {
    this.#count(this.#wheel.now);
  }

  #count(tick: number): void {
    this.#seenTick = this.#packetTick = this.#messageTick = tick;
  }

  due(): number {
    return Math.min(this.#quietDue(), this.#silenceDue(), this.#endTick);
  }

  reason(): 'time-up' | 'silence' | 'keep-alive' {
    if (this.#wheel.now >= this.#endTick) return 'time-up';
    return this.#silenceDue() <= this.#quietDue() ? 'silence' : 'keep-alive';
  }

  #quietDue(): number {
    return this.#keepAliveTicks === 0 ? Infinity : this.#seenTick + this.#keepAliveTicks;
  }

  #silenceDue(): number {
    if (this.#silenceTicks === 0) return Infinity;
    const heard = this.#counts === 'message' ? this.#messageTick : this.#packetTick;
    return heard + this.#silenceTicks;
  }
}
