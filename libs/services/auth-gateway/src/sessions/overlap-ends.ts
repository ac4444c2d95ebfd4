import type { Clock } from '@tallystick/ports';

const LOOK_MS = 500;

/**
 * Sessions whose secret is accepted until a time, because another one has taken its place: no
 * change of the view tells that the time is over. There is a timer only while there are such
 * sessions.
 */
export class OverlapEnds {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #end: (sessionId: string) => void;
  readonly #until = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(clock: Pick<Clock, 'now'>, end: (sessionId: string) => void) {
    this.#clock = clock;
    this.#end = end;
  }

  /** `until` in epoch milliseconds; null: there is no end, or there is no session any more. */
  set(sessionId: string, until: number | null): void {
    if (until === null) this.#until.delete(sessionId);
    else this.#until.set(sessionId, until);
    if (this.#until.size > 0) this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    else this.#rest();
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const now = this.#clock.now();
    for (const [sessionId, until] of this.#until) if (until <= now) this.#end(sessionId);
  }
}
