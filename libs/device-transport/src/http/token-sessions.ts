import { hash } from 'node:crypto';
import type { Admission, Clock, Ids, SessionClaim, SilenceRule } from '@tallystick/ports';
import { TimerWheel } from '../front/timer-wheel.ts';
import { DEFAULT_TOKEN_LIMITS, type TokenLimits } from './http-limits.ts';
import { TokenSession, type TokenSessionContext, type TokenTerms } from './token-session.ts';

/** 256 bits, as base64url. */
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** Tokens of one session, those of its predecessors included. */
const MAX_TOKENS = 8;

/** Whether a text can be a token that was given out here, or anywhere. */
export const isToken = (text: string): boolean => TOKEN.test(text);

export interface TokenSessionsOptions<I> {
  readonly authority: TokenSessionContext<I>['authority'];
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'bytes'>;
  readonly limits?: Partial<TokenLimits>;
  /** Resolution of every deadline; a second unless a test is in a hurry. */
  readonly tickMs?: number;
}

export interface OpenRequest<I> {
  /** From `nextOrder`, taken before the claim was decided. */
  readonly order: number;
  readonly admission: Admission<I>;
  readonly claim: SessionClaim;
  readonly terms: TokenTerms;
}

/** `overtaken`: a newer claim of the key was admitted before. `full`: no room for another. */
export type Opened = { readonly token: string } | 'overtaken' | 'full';

interface Held<I> {
  readonly session: TokenSession<I>;
  /** When this token ends before its session does, in monotonic milliseconds. */
  readonly until: number;
}

/**
 * Sessions of devices that say a token with each request. Only the token's SHA-256 is kept, and a
 * token is found by it, so that neither memory nor time tells one. Sessions of one key take each
 * other over: the newest claim wins.
 */
export class TokenSessions<I> {
  readonly #context: TokenSessionContext<I>;
  readonly #options: TokenSessionsOptions<I>;
  readonly #byHash = new Map<string, Held<I>>();
  readonly #hashesOf = new Map<TokenSession<I>, string[]>();
  readonly #byId = new Map<string, TokenSession<I>>();
  readonly #holders = new Map<string, TokenSession<I>>();
  readonly #onEnd = (session: TokenSession<I>): void => this.#forget(session);
  #order = 0;
  #closed = false;

  constructor(options: TokenSessionsOptions<I>) {
    const { authority, clock } = options;
    this.#options = options;
    this.#context = {
      authority,
      limits: { ...DEFAULT_TOKEN_LIMITS, ...options.limits },
      wheel: new TimerWheel(options.tickMs ?? 1000),
      monotonicMs: () => clock.monotonicMs(),
    };
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Tokens that are good, those that outlive their session's successor included. */
  get tokens(): number {
    return this.#byHash.size;
  }

  /** A claim's place among all claims; the newest of a key wins, whichever is decided first. */
  nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  /**
   * Opens the session that was admitted. Its key's older session ends first, and its token may
   * stand for the new one for a while. A greeting cannot be delivered.
   */
  open({ order, admission, claim, terms }: OpenRequest<I>): Opened {
    if (admission.greeting.length > 0) this.#context.authority.greeted(admission, false);
    const older = admission.fetchOnly ? undefined : this.#holders.get(admission.sessionKey);
    if (older !== undefined && older.order > order) return 'overtaken';
    const isFull = older === undefined && this.#byId.size >= this.#context.limits.sessions;
    if (this.#closed || isFull) return 'full';
    const inherited = older === undefined ? [] : this.#inherit(older, terms.graceMs);
    older?.close('taken-over');
    const { identity, sessionId, sessionKey } = admission;
    const { listener, transport, remoteAddress, pskIdentity, clientId, keepAliveSeconds } = claim;
    const said = { listener, transport, remoteAddress, pskIdentity, clientId, keepAliveSeconds };
    const session = new TokenSession<I>(
      this.#context,
      {
        ...{ order, admission, terms },
        session: {
          ...{ sessionId, sessionKey, identity, claim: said },
          openedAt: this.#options.clock.now(),
        },
      },
      this.#onEnd,
    );
    this.#byId.set(sessionId, session);
    if (!admission.fetchOnly) this.#holders.set(sessionKey, session);
    for (const [hashed, until] of inherited) this.#hold(hashed, { session, until });
    const token = Buffer.from(this.#options.ids.bytes(TOKEN_BYTES)).toString('base64url');
    this.#hold(hash('sha256', token, 'base64'), { session, until: Infinity });
    session.begin();
    return { token };
  }

  /** The tokens of a session that is about to be taken over, and how long each is still good. */
  #inherit(older: TokenSession<I>, graceMs: number): readonly (readonly [string, number])[] {
    if (graceMs === 0 || !older.isLive()) return [];
    const until = Math.min(older.expiresAt, this.#context.monotonicMs() + graceMs);
    const hashes = (this.#hashesOf.get(older) ?? []).slice(1 - MAX_TOKENS);
    return hashes.map((hashed) => {
      const known = this.#byHash.get(hashed)?.until ?? Infinity;
      return [hashed, known === Infinity ? until : known] as const;
    });
  }

  #hold(hashed: string, held: Held<I>): void {
    this.#byHash.set(hashed, held);
    const hashes = this.#hashesOf.get(held.session);
    if (hashes === undefined) this.#hashesOf.set(held.session, [hashed]);
    else hashes.push(hashed);
  }

  #forget(session: TokenSession<I>): void {
    for (const hashed of this.#hashesOf.get(session) ?? []) this.#byHash.delete(hashed);
    this.#hashesOf.delete(session);
    this.#byId.delete(session.sessionId);
    if (this.#holders.get(session.sessionKey) === session) this.#holders.delete(session.sessionKey);
  }

  /** Whose token it is: the session has been heard. Null: it is good no longer, or never was. */
  find(token: string): TokenSession<I> | null {
    const held = this.#byHash.get(hash('sha256', token, 'base64'));
    if (held === undefined || !held.session.isLive()) return null;
    if (this.#context.monotonicMs() >= held.until) return null;
    held.session.heard();
    return held.session;
  }

  allowSilence(sessionId: string, rule: SilenceRule | null): void {
    this.#byId.get(sessionId)?.allowSilence(rule);
  }

  /** See DeviceListener. */
  promote(sessionId: string, admission: Admission<I>): boolean {
    const session = this.#byId.get(sessionId);
    if (session?.fetchOnly !== true || !session.isLive()) return false;
    const older = this.#holders.get(admission.sessionKey);
    if (older !== undefined && older.order > session.order) {
      session.close('taken-over');
      return false;
    }
    older?.close('taken-over');
    this.#holders.set(admission.sessionKey, session);
    session.promote(admission);
    return true;
  }

  /**
   * False: it is not here. One whose successor is on another gateway keeps its token for its grace,
   * as it would have here; until then it is a session, which any other cut ends.
   */
  cut(sessionId: string, reason: string): boolean {
    const session = this.#byId.get(sessionId);
    if (session === undefined) return false;
    if (reason !== 'taken-over' || session.graceMs === 0) session.close(reason);
    else this.#outlive(session);
    return true;
  }

  #outlive(session: TokenSession<I>): void {
    const ends = this.#context.monotonicMs() + session.graceMs;
    for (const hashed of this.#hashesOf.get(session) ?? []) {
      const { until = Infinity } = this.#byHash.get(hashed) ?? {};
      this.#byHash.set(hashed, { session, until: Math.min(until, ends) });
    }
    session.outlive(session.graceMs);
  }

  /** Ends them all, and opens none any more. */
  close(): void {
    this.#closed = true;
    for (const session of [...this.#byId.values()]) session.close('gateway-closing');
    this.#context.wheel.stop();
  }
}
