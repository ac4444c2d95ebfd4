import {
  fetchTopicsOf,
  parseClaims,
  topicPolicyOf,
  type ParsedConnect,
  type RefusalReason,
} from '@tallystick/dialects';
import type {
  Admission,
  Clock,
  DeviceAuthority,
  DeviceSession,
  FaultyClaim,
  Ids,
  SessionClaim,
  SessionDecision,
  TransportCloseReason,
} from '@tallystick/ports';
import type { UnitClaims } from '../claims/unit-claims.ts';
import { decideConnect, KEYS_RULE } from '../decide/decide-connect.ts';
import type { Budgets, Denial, Login, UnitClaim } from '../decide/decision.types.ts';
import { denyUnproven } from '../decide/named.ts';
import { secretUntil } from '../decide/judge-session.ts';
import type { ProofChecker } from '../decide/proof.ts';
import { refusalOf } from '../decide/rules.ts';
import { silenceRuleOf } from '../decide/silence.ts';
import type { CountedDecision } from '../decisions/decision-groups.ts';
import type { DeviceIdentity, Refusal } from '../gateway.types.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { endReason, toCloseReason } from '../sessions/close-reason.ts';
import type { LiveSessions } from '../sessions/live-sessions.ts';
import type { TelemetrySink } from '../uplink/telemetry-sink.ts';
import type { GatewayView } from '../view/gateway-view.ts';
import type { ConnectLimits } from './connect-limits.ts';
import { DecisionTeller } from './decision-teller.ts';
import {
  isForeignWill,
  isRetryable,
  namedIn,
  REFUSALS_RULE,
  tooLate,
  underLook,
  willRefused,
} from './denials.ts';
import { FreshnessWait } from './freshness-wait.ts';
import { REASON_OF_FAULT, toWire } from './wire-claim.ts';

export interface AuthorityParts {
  readonly view: GatewayView;
  readonly proofs: ProofChecker;
  readonly budgets: Budgets;
  /** False for a moment after this process stood still: see Standstill. */
  readonly awake: () => boolean;
  readonly limits: ConnectLimits;
  /** A credential did not open under the keys that this gateway holds. */
  readonly onUnfitKeys: () => void;
  readonly claims: UnitClaims;
  readonly live: LiveSessions;
  readonly telemetry: TelemetrySink;
  readonly decisions: { add(decision: CountedDecision): void };
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly ids: Ids;
}

type Answer = SessionDecision<DeviceIdentity, Refusal>;
type Decided = Denial | Login | UnitClaim;

/**
 * The gateway's side of the listener: decides, tells why, and passes on what becomes of the
 * session.
 */
export class GatewayAuthority implements DeviceAuthority<DeviceIdentity, Refusal> {
  readonly #parts: AuthorityParts;
  readonly #freshness: FreshnessWait;
  readonly #teller: DecisionTeller;
  /**
   * Tells the decision on an admission, once its device was answered. If the socket dies before,
   * nothing is told.
   */
  readonly #granted = new WeakMap<DeviceIdentity, () => void>();

  constructor(parts: AuthorityParts) {
    this.#parts = parts;
    this.#teller = new DecisionTeller(parts);
    this.#freshness = new FreshnessWait(parts.view, parts.clock);
  }

  decide(wire: SessionClaim): Answer | Promise<Answer> {
    const { metrics, clock } = this.#parts;
    const begun = clock.monotonicMs();
    const took = (answer: Answer): Answer => {
      metrics.took('admit' in answer ? 'allow' : 'deny', clock.monotonicMs() - begun);
      return answer;
    };
    const answer = this.#decide(wire);
    return answer instanceof Promise ? answer.then(took) : took(answer);
  }

  #decide(wire: SessionClaim): Answer | Promise<Answer> {
    const { view, limits, clock } = this.#parts;
    const parsed = parseClaims(toWire(wire));
    if (!view.complete)
      return this.#deny(wire, denyUnproven(parsed, view, 'view-stale', 'gateway.catching-up'));
    const look = limits.look(wire.remoteAddress, namedIn(parsed, view), clock.monotonicMs());
    if (look === 'shut')
      return this.#deny(wire, denyUnproven(parsed, view, 'too-many-requests', REFUSALS_RULE));
    const judge = (): Decided => underLook(look, this.#judge(wire, parsed));
    const decided = judge();
    const unsure = decided.decision === 'deny' && decided.reason === 'view-stale';
    const fresh = unsure ? this.#freshness.begin() : null;
    if (fresh === null) return this.#answer(wire, decided);
    return fresh.then(() => this.#answer(wire, judge()));
  }

  #judge(wire: SessionClaim, parsed: ParsedConnect): Decided {
    const { view, proofs, budgets, clock } = this.#parts;
    return decideConnect(parsed, {
      ...{ view, proofs, budgets, nowMs: clock.now() },
      stalenessMs: view.stalenessMs(),
      caughtUp: view.ready,
      keepAliveSeconds: wire.keepAliveSeconds,
    });
  }

  #answer(wire: SessionClaim, decided: Decided): Answer | Promise<Answer> {
    if (decided.decision === 'deny') return this.#deny(wire, decided);
    if (!this.#parts.awake()) return this.#deny(wire, tooLate(decided));
    if (decided.decision === 'allow') return this.#admit(wire, decided);
    return this.#claim(wire, decided);
  }

  #deny(wire: Pick<SessionClaim, 'clientId' | 'remoteAddress'>, denial: Denial): Answer {
    const { limits, clock } = this.#parts;
    const { reason, dialect } = denial;
    this.#teller.denied(denial, wire.clientId);
    if (denial.rule === KEYS_RULE) this.#parts.onUnfitKeys();
    // A device that gets the retryable refusal has done nothing wrong.
    if (!isRetryable(reason)) limits.refused(wire.remoteAddress, clock.monotonicMs());
    return { refuse: { reason, dialect } };
  }

  #admit(wire: SessionClaim, login: Login): Answer {
    const { tenant, productKey, deviceKey, deviceId, generation } = login.device;
    const { unit, clientId, dialect, secretVersion, activates } = login;
    const topics = topicPolicyOf(dialect, { productKey, deviceKey, deviceId });
    if (isForeignWill(wire, topics)) return this.#deny(wire, willRefused(login));
    const identity: DeviceIdentity = {
      ...{ tenant, productKey, deviceKey, deviceId, generation },
      ...{ unit, clientId, dialect, secretVersion, activates },
      secretUntil: secretUntil(secretVersion, login.device),
      viewVersion: this.#parts.view.version,
    };
    this.#granted.set(identity, () => this.#teller.allowed(login, wire.clientId));
    return {
      admit: {
        ...topics,
        // A new life must not inherit what an old one left in its session.
        sessionKey: `${tenant}/${productKey}/${deviceKey}#${generation}#${unit ?? ''}`,
        sessionId: this.#parts.ids.uuid(),
        identity,
        greeting: [],
        closeAfterMs: null,
        silence: silenceRuleOf(login.product),
        fetchOnly: false,
      },
    };
  }

  async #claim(wire: SessionClaim, claim: UnitClaim): Promise<Answer> {
    const { limits, claims, clock } = this.#parts;
    const refuse = (reason: RefusalReason): Answer =>
      this.#deny(wire, { ...claim, decision: 'deny', ...refusalOf(claim, reason) });
    const name = `${claim.productKey}/${claim.deviceKey}`;
    // Before the registry is asked: what is refused here must not take a slot.
    const topics = fetchTopicsOf('regnwl', { ...claim, deviceId: '' });
    if (isForeignWill(wire, topics)) return this.#deny(wire, willRefused(claim));
    if (!limits.takeClaim(wire.remoteAddress, name, clock.monotonicMs()))
      return refuse('too-many-requests');
    const outcome = await claims.claim(claim, wire.remoteAddress);
    if (!outcome.granted) return refuse(outcome.reason);
    const { admission, deviceId } = outcome;
    this.#granted.set(admission.identity, () =>
      this.#teller.allowed({ ...claim, deviceId }, wire.clientId),
    );
    return { admit: admission };
  }

  /** The decision is told only when the device has got its answer. */
  #answered(identity: DeviceIdentity): void {
    this.#granted.get(identity)?.();
    this.#granted.delete(identity);
  }

  refused({ remoteAddress, fault, ...said }: FaultyClaim): void {
    const reason = REASON_OF_FAULT[fault];
    const wire = { speaks: null, clientId: said.clientId ?? '', password: null };
    const parsed = parseClaims({ ...wire, username: said.username });
    const denial = denyUnproven(parsed, this.#parts.view, reason, 'wire.transport');
    this.#deny({ remoteAddress, clientId: wire.clientId }, denial);
  }

  opened(session: DeviceSession<DeviceIdentity>): void {
    this.#answered(session.identity);
    this.#parts.live.opened(session);
  }

  closed(session: DeviceSession<DeviceIdentity>, reason: TransportCloseReason): void {
    const why = toCloseReason(reason);
    const end = endReason(why);
    if (end !== null) this.#teller.ended(session, end, `session.${why}`);
    this.#parts.live.closed(session, why);
  }

  greeted(admission: Admission<DeviceIdentity>, delivered: boolean): void {
    if (delivered) this.#answered(admission.identity);
    else this.#parts.claims.undelivered(admission);
  }

  published(
    session: DeviceSession<DeviceIdentity>,
    message: { readonly topic: string; readonly payload: Uint8Array },
    done: (accepted: boolean) => void,
  ): void {
    this.#parts.telemetry.add(session.identity, message, done);
  }
}
