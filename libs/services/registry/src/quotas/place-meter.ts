import type { Ending } from '@tallystick/application';
import { PortError } from '@tallystick/kernel';
import { pause, type Clock } from '@tallystick/ports';
import { LEASE_MS, type Begun, type PlacesLedger, type QuotaScope } from './places-ledger.ts';

/** Places taken ahead are used for half their lease: an append may take the other half. */
const USABLE_MS = LEASE_MS / 2;
/** An append whose outcome nobody knows is written by then, or never. */
const DOUBT_MS = LEASE_MS / 2;
/** How long a shortage is looked at: what is under way may come to nothing. */
const INSIST_MS = 2_000;
const LOOK_EVERY_MS = 20;
/** Lives that the view does not show yet are remembered one by one up to so many, then in pairs. */
const MOST_BEGUN = 256;

export interface PlaceMeterDeps {
  readonly ledger: PlacesLedger;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** False: the view did not reach the store's head in this time. */
  readonly catchUp: (withinMs: number) => Promise<boolean>;
}

/** `passing`: there are too few now, and others hold some that may become free. */
export interface Taken {
  readonly places: number;
  readonly passing: boolean;
}

interface Waiting {
  readonly wanted: number;
  readonly grant: (taken: Taken) => void;
  readonly fail: (error: unknown) => void;
}

const wantedBy = (round: readonly Waiting[]): number =>
  round.reduce((sum, one) => sum + one.wanted, 0);

/** Half as many entries that say at least as much: each pair counts up to its later position. */
function shortened(begun: readonly Begun[]): Begun[] {
  return begun.flatMap((one, index) => {
    const next = begun[index + 1];
    if (index % 2 === 1) return [];
    return next === undefined
      ? [one]
      : [{ position: Math.max(one.position, next.position), devices: one.devices + next.devices }];
  });
}

/**
 * One limit, as this process sees it. It gives out places that it has taken ahead; where it has too
 * few, those who wait are asked for together, one exchange after another.
 */
export class PlaceMeter {
  readonly #deps: PlaceMeterDeps;
  readonly #scope: QuotaScope;
  readonly #holder: string;
  #ahead = 0;
  #aheadUntil = 0;
  #underWay = 0;
  #begun: Begun[] = [];
  #doubtful: { readonly devices: number; readonly until: number }[] = [];
  #waiting: Waiting[] = [];
  #working = false;
  /** There were too few the last time: it is no use to ask before the view has caught up. */
  #short = false;
  /** Others may wait for what ended here. */
  #toTell = false;

  constructor(deps: PlaceMeterDeps, scope: QuotaScope, holder: string) {
    this.#deps = deps;
    this.#scope = scope;
    this.#holder = holder;
  }

  /** Nothing of it is in anybody's hands. */
  idle(): boolean {
    return this.#underWay === 0 && !this.#working && this.#waiting.length === 0;
  }

  /** At most so many; each must be given to {@link end}. */
  take(wanted: number): Promise<Taken> | Taken {
    const usable = this.#waiting.length === 0 && this.#deps.clock.monotonicMs() < this.#aheadUntil;
    if (usable && this.#ahead >= wanted) return this.#hand(wanted);
    return new Promise<Taken>((grant, fail) => {
      this.#waiting.push({ wanted, grant, fail });
      void this.#work();
    });
  }

  end(devices: number, ending: Ending): void {
    if (devices === 0) return;
    this.#underWay -= devices;
    if (ending === 'unknown')
      this.#doubtful.push({ devices, until: this.#deps.clock.monotonicMs() + DOUBT_MS });
    else if (ending !== null) this.#begun.push({ position: ending, devices });
    if (this.#begun.length > MOST_BEGUN) this.#begun = shortened(this.#begun);
    if (this.#ahead > 0) return;
    this.#toTell = true;
    void this.#work();
  }

  #hand(wanted: number, passing = false): Taken {
    const places = Math.min(wanted, this.#ahead);
    this.#ahead -= places;
    this.#underWay += places;
    return { places, passing: passing && places < wanted };
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length > 0 || this.#toTell) await this.#round();
    this.#working = false;
  }

  async #round(): Promise<void> {
    this.#toTell = false;
    // Whoever comes later waits for the next round.
    const round = this.#waiting.splice(0);
    try {
      if (!this.#short || round.length === 0) await this.#exchange(wantedBy(round), false);
      this.#serveWhole(round);
      this.#short = round.length > 0;
      const passing = this.#short && !(await this.#insist(round));
      for (const { wanted, grant } of round) grant(this.#hand(wanted, passing));
    } catch (error) {
      for (const { fail } of round) fail(error);
    }
  }

  /** In their order; those that are served are taken out. */
  #serveWhole(round: Waiting[]): void {
    for (let [first] = round; first !== undefined && first.wanted <= this.#ahead; [first] = round) {
      round.shift();
      first.grant(this.#hand(first.wanted));
    }
  }

  /**
   * A shortage counts only once the view has all that stands in the store, deletions too, and
   * nothing is under way that could come to nothing. False: that was not to be had in time.
   */
  async #insist(round: Waiting[]): Promise<boolean> {
    const { clock, catchUp } = this.#deps;
    const end = clock.monotonicMs() + INSIST_MS;
    for (;;) {
      const caughtUp = await catchUp(Math.max(0, end - clock.monotonicMs()));
      const { known, final } = await this.#exchange(wantedBy(round), caughtUp);
      if (!known)
        throw new PortError('unavailable', 'the view does not know yet how many devices there are');
      this.#serveWhole(round);
      if (round.length === 0 || (caughtUp && final)) return true;
      if (!caughtUp || clock.monotonicMs() >= end) return false;
      // Too few for the next one: another registry may need no more than these.
      if (this.#ahead > 0) await this.#exchange(0, caughtUp);
      await pause(LOOK_EVERY_MS);
    }
  }

  async #exchange(wanted: number, caughtUp: boolean) {
    const now = this.#deps.clock.monotonicMs();
    // What is taken ahead goes back, and is taken anew: nobody may use it meanwhile.
    this.#ahead = 0;
    this.#doubtful = this.#doubtful.filter(({ until }) => !caughtUp || until > now);
    const doubtful = this.#doubtful.reduce((sum, one) => sum + one.devices, 0);
    const exchanged = await this.#deps.ledger.exchange(this.#scope, {
      ...{ holder: this.#holder, begun: [...this.#begun], wanted, caughtUp },
      underWay: this.#underWay + doubtful,
    });
    if (exchanged.known) {
      this.#ahead = exchanged.places;
      this.#aheadUntil = now + USABLE_MS;
      this.#begun = this.#begun.filter(({ position }) => position > exchanged.seen);
    }
    return exchanged;
  }
}
