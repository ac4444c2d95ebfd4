import { encodeJson, TOPICS, type BusCommand, type GatewayReport } from '@tallystick/contracts';
import { PortError } from '@tallystick/kernel';
import { withinMs, type BusPublisher, type BusRecord, type Clock } from '@tallystick/ports';
import { nameSetAside, publishAcceptable, type Logger } from '@tallystick/services-edge';
import { CUTS_PER_REPORT, RecentCuts } from './recent-cuts.ts';
import { Standstill } from './standstill.ts';

/** The facts that a report carries beside the lease. */
export type ReportFacts = Pick<
  GatewayReport,
  | 'ready'
  | 'fastPosition'
  | 'bulkPosition'
  | 'stalenessMs'
  | 'sessions'
  | 'sessionsOf'
  | 'clockErrorMs'
>;

export interface GatewayLeaseDeps {
  readonly publisher: BusPublisher;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gatewayId: string;
  readonly incarnation: string;
  /** The incarnation before it, known to be dead. */
  readonly predecessor: string | null;
  readonly leaseMs: number;
  readonly longestBudgetMs: number;
  readonly tokenBudgetMs: number;
  readonly facts: () => ReportFacts;
  /** A term has begun: what is live is to be announced. */
  readonly onTerm: (term: number) => void;
  /** Renewed after it was missed: meanwhile the id may have been given to another. */
  readonly onRegained: () => void;
}

const RENEW_MS = 1_000;
/** Part of a lease: a process that stood still for longer may have lost it. */
const LONGEST_STANDSTILL = 0.75;

/** Holds this gateway's lease by saying each second how far it has come. */
export class GatewayLease {
  readonly #deps: GatewayLeaseDeps;
  readonly #cuts = new RecentCuts();
  /** Fewer where the broker is set to take less than it does by default. */
  #mostCuts = CUTS_PER_REPORT;
  readonly #standstill: Standstill;
  readonly #timer: NodeJS.Timeout;
  #soon: NodeJS.Timeout | null = null;
  /** When `#soon` fires, monotonic. */
  #soonAtMs = Infinity;
  /** Something advanced while a report was on its way. */
  #again = false;
  #publishing: Promise<void> | null = null;
  #lastReportMs = -Infinity;
  /** When the last report that was acknowledged was handed over, monotonic. */
  #renewedMs: number;
  #missed = false;
  #released = false;
  term = 1;

  constructor(deps: GatewayLeaseDeps) {
    this.#deps = deps;
    this.#standstill = new Standstill(deps.clock, LONGEST_STANDSTILL * deps.leaseMs);
    this.#renewedMs = deps.clock.monotonicMs();
    this.#timer = setInterval(() => this.#tick(), RENEW_MS);
    this.#report();
  }

  /** The lease stands: it was renewed within its time. */
  get held(): boolean {
    return !this.#missed;
  }

  /**
   * False: this process stood still, and what its sockets say now was said to a gateway that did
   * not answer.
   */
  awake(): boolean {
    return this.#standstill.isOver;
  }

  cut(position: number, sessions: number): void {
    this.#cuts.add(position, sessions, this.#deps.clock.monotonicMs());
  }

  /**
   * A position has advanced: reported at most every `withinMs`, and no later because a less urgent
   * one waits.
   */
  advanced(withinMs: number): void {
    if (this.#released) return;
    const now = this.#deps.clock.monotonicMs();
    const atMs = Math.max(now, this.#lastReportMs + withinMs);
    if (this.#soonAtMs <= atMs) return;
    this.#clearSoon();
    this.#soonAtMs = atMs;
    this.#soon = setTimeout(() => {
      this.#clearSoon();
      this.#again = this.#publishing !== null;
      this.#report();
    }, atMs - now);
  }

  #clearSoon(): void {
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#soon = null;
    this.#soonAtMs = Infinity;
  }

  /** The tracker has closed all sessions of a term; if it is this one, the next begins. */
  fenced(command: Extract<BusCommand, { readonly kind: 'fence' }>): void {
    const { gatewayId, incarnation } = this.#deps;
    if (command.gatewayId !== gatewayId || command.incarnation !== incarnation) return;
    if (command.term === this.term) this.#beginTerm('fenced');
  }

  #tick(): void {
    this.#standstill.beat();
    this.#judge();
    this.#report();
  }

  /**
   * By our own clock, from when the report was handed over. The log heard of it no earlier, so our
   * lease is never over later than others see it end.
   */
  #judge(): void {
    if (this.#missed || this.#deps.clock.monotonicMs() - this.#renewedMs <= this.#deps.leaseMs)
      return;
    this.#missed = true;
    this.#beginTerm('the lease was missed');
  }

  #beginTerm(why: string): void {
    if (this.#released) return;
    this.term += 1;
    this.#deps.logger.warn({ term: this.term }, `a new term begins: ${why}`);
    this.#deps.onTerm(this.term);
    this.#report();
  }

  #report(): void {
    if (this.#released || this.#publishing !== null) return;
    const handedOverMs = this.#deps.clock.monotonicMs();
    this.#lastReportMs = handedOverMs;
    this.#publishing = this.#publish(false)
      .then(() => {
        this.#judge();
        this.#renewedMs = handedOverMs;
        const missed = this.#missed;
        this.#missed = this.#deps.clock.monotonicMs() - handedOverMs > this.#deps.leaseMs;
        if (missed && !this.#missed) this.#deps.onRegained();
      })
      .catch((err: unknown) => this.#deps.logger.debug({ err }, 'the lease could not be renewed'))
      .finally(() => {
        this.#publishing = null;
        if (!this.#again) return;
        this.#again = false;
        this.#report();
      });
  }

  /**
   * A position is reported only when the cuts due to it are reported. Cuts that do not fit follow
   * at once.
   */
  async #publish(released: boolean): Promise<void> {
    const { gatewayId, incarnation, leaseMs, longestBudgetMs, tokenBudgetMs, clock } = this.#deps;
    const { predecessor, publisher, logger } = this.#deps;
    const page = this.#cuts.page(clock.monotonicMs(), this.#mostCuts);
    const facts = this.#deps.facts();
    const told = (position: number): number => Math.min(position, page.untoldFrom - 1);
    const report: GatewayReport = {
      kind: 'gateway',
      ...(predecessor === null ? {} : { replaces: predecessor }),
      ...{ gatewayId, incarnation, leaseMs, longestBudgetMs, tokenBudgetMs, released },
      ...facts,
      fastPosition: told(facts.fastPosition),
      bulkPosition: told(facts.bulkPosition),
      term: this.term,
      reportedAt: clock.now(),
      cuts: page.cuts,
    };
    const value = encodeJson(report);
    const to = { topic: TOPICS.gateways, key: gatewayId, partition: 0 };
    const record: BusRecord = { ...to, value, headers: {}, transient: true };
    let taken = true;
    await publishAcceptable(publisher, [record], (refused, why) => {
      taken = false;
      nameSetAside(logger, 'report')(refused, why);
    });
    if (taken) this.#cuts.told(page);
    else this.#mostCuts = Math.max(1, Math.floor(this.#mostCuts / 4));
    if (!taken) throw new PortError('unacceptable', 'the next report tells of fewer cuts');
    if (page.untoldFrom < Infinity) this.#again = true;
  }

  /** The last word: the lease is given back. */
  async release(limitMs: number): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#timer);
    this.#clearSoon();
    const last = (this.#publishing ?? Promise.resolve())
      .then(() => this.#publish(true))
      .catch(() => undefined);
    await withinMs(last, limitMs);
  }
}
