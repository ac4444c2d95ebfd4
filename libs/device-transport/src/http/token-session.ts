import type { Admission, DeviceAuthority, DeviceSession, SilenceRule } from '@tallystick/ports';
import type { Timed, TimerWheel } from '../front/timer-wheel.ts';
import { isTopicName } from '../mqtt/codec/topics.ts';
import { Deadlines } from '../mqtt/deadlines.ts';
import type { TokenLimits } from './http-limits.ts';

/** What becomes of a message that a device sends with its token. */
export type Published = 'taken' | 'topic-malformed' | 'topic-refused' | 'too-many' | 'not-now';

export interface TokenSessionContext<I> {
  readonly authority: Pick<
    DeviceAuthority<I, never>,
    'opened' | 'closed' | 'fetchEnded' | 'greeted' | 'published'
  >;
  readonly limits: TokenLimits;
  readonly wheel: TimerWheel;
  readonly monotonicMs: () => number;
}

export interface TokenTerms {
  readonly lifetimeMs: number;
  /** For how long the token before stands for the session that took its place. */
  readonly graceMs: number;
}

/** One session, from the token that was given to a device until that is good no longer. */
export class TokenSession<I> implements Timed {
  wheelSlot = -1;
  /** The order in which the claims of all sessions came. */
  readonly order: number;
  /** For how long its token stands beside its successor's. */
  readonly graceMs: number;
  readonly #context: TokenSessionContext<I>;
  readonly #onEnd: (session: TokenSession<I>) => void;
  readonly #deadlines: Deadlines;
  /** In monotonic milliseconds. */
  readonly expiresAt: number;
  #session: DeviceSession<I>;
  #admission: Admission<I>;
  #ended = false;
  /** Its place is another's: it ends as such, whenever that is. */
  #superseded = false;
  #unsettled = 0;
  #unsettledBytes = 0;

  constructor(
    context: TokenSessionContext<I>,
    of: {
      readonly order: number;
      readonly admission: Admission<I>;
      readonly session: DeviceSession<I>;
      readonly terms: TokenTerms;
    },
    onEnd: (session: TokenSession<I>) => void,
  ) {
    const { closeAfterMs, silence } = of.admission;
    this.#context = context;
    this.#onEnd = onEnd;
    this.order = of.order;
    this.graceMs = of.terms.graceMs;
    this.#session = of.session;
    this.#admission = of.admission;
    this.expiresAt = context.monotonicMs() + of.terms.lifetimeMs;
    this.#deadlines = new Deadlines(context.wheel, 0);
    this.#deadlines.admitted(0, { silence, closeAfterMs: this.#endsWithin(closeAfterMs) });
    context.wheel.add(this);
  }

  /** Told once it can be found, so that it can be cut at once. */
  begin(): void {
    if (!this.fetchOnly) this.#context.authority.opened(this.#session);
  }

  get sessionId(): string {
    return this.#session.sessionId;
  }

  get sessionKey(): string {
    return this.#session.sessionKey;
  }

  /** As the authority was told of it. */
  get described(): DeviceSession<I> {
    return this.#session;
  }

  get fetchOnly(): boolean {
    return this.#admission.fetchOnly;
  }

  /** False: its token is good no longer. */
  isLive(): boolean {
    if (this.#isOver()) this.close('silence');
    return !this.#ended;
  }

  #isOver(): boolean {
    return this.#context.monotonicMs() >= this.expiresAt;
  }

  /** The token's own end comes in any case. */
  #endsWithin(closeAfterMs: number | null): number {
    const left = Math.max(0, this.expiresAt - this.#context.monotonicMs());
    return closeAfterMs === null ? left : Math.min(left, closeAfterMs);
  }

  /** A request with its token has come. */
  heard(): void {
    this.#deadlines.packet();
  }

  allowSilence(rule: SilenceRule | null): void {
    this.#deadlines.allowSilence(rule);
    this.#context.wheel.move(this);
  }

  /** It only fetched, and is the device's own from now on. */
  promote(admission: Admission<I>): void {
    const { closeAfterMs, silence, identity, sessionKey } = admission;
    this.#admission = admission;
    this.#session = { ...this.#session, identity, sessionKey };
    this.#deadlines.allowTime({ silence, closeAfterMs: this.#endsWithin(closeAfterMs) });
    this.#context.wheel.move(this);
    this.#context.authority.opened(this.#session);
  }

  /** Resolves when the authority has it. A topic that is refused ends nothing. */
  publish(topic: string, payload: Uint8Array): Promise<Published> {
    if (!isTopicName(topic) || topic.includes('\0')) return Promise.resolve('topic-malformed');
    if (!this.#admission.mayPublish(topic)) return Promise.resolve('topic-refused');
    const { unsettledPublishes, unsettledBytes } = this.#context.limits;
    const bytes = this.#unsettledBytes + payload.length;
    if (this.#unsettled >= unsettledPublishes || (this.#unsettled > 0 && bytes > unsettledBytes))
      return Promise.resolve('too-many');
    this.#deadlines.message();
    this.#unsettled += 1;
    this.#unsettledBytes = bytes;
    return new Promise((resolve) => {
      this.#context.authority.published(this.#session, { topic, payload, qos: 1 }, (accepted) => {
        this.#unsettled -= 1;
        this.#unsettledBytes -= payload.length;
        resolve(accepted ? 'taken' : 'not-now');
      });
    });
  }

  dueTick(): number {
    return this.#deadlines.due();
  }

  /** A device that lets its token end has not asked for the next one: it is silent. */
  /** Another gateway has its successor: it has so long yet. Said again, it changes nothing. */
  outlive(graceMs: number): void {
    if (this.#superseded) return;
    this.#superseded = true;
    const { silence } = this.#admission;
    this.#deadlines.allowTime({ silence, closeAfterMs: this.#endsWithin(graceMs) });
    this.#context.wheel.move(this);
  }

  expire(): void {
    if (this.#superseded) return this.close('taken-over');
    this.close(this.#isOver() ? 'silence' : this.#deadlines.reason());
  }

  close(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#context.wheel.remove(this);
    this.#onEnd(this);
    const { authority } = this.#context;
    if (this.fetchOnly) authority.fetchEnded(this.#session, reason);
    else authority.closed(this.#session, reason);
  }
}
