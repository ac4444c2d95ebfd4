import { hash } from 'node:crypto';
import { connackOf, parseConnect, topicPolicyOf, type RefusalReason } from '@tallystick/dialects';
import type {
  Admission,
  Clock,
  ConnectClaim,
  ConnectDecision,
  DeviceAuthority,
  DeviceSession,
  Ids,
  RefusalCode,
  TransportCloseReason,
} from '@tallystick/ports';
import type { UnitClaims } from '../claims/unit-claims.ts';
import { decideConnect, KEYS_RULE } from '../decide/decide-connect.ts';
import type { Budgets, Denial, Login, UnitClaim } from '../decide/decision.types.ts';
import { secretUntil } from '../decide/judge-session.ts';
import type { ProofChecker } from '../decide/proof.ts';
import type { CountedDecision } from '../decisions/decision-counters.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { LiveSessions } from '../sessions/live-sessions.ts';
import type { TelemetrySink } from '../uplink/telemetry-sink.ts';
import type { GatewayView } from '../view/gateway-view.ts';
import { addressOf, type ConnectLimits } from './connect-limits.ts';
import { FreshnessWait } from './freshness-wait.ts';

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

type Answer = ConnectDecision<DeviceIdentity>;
type Decided = Denial | Login | UnitClaim;

const NOBODY = {
  decision: 'deny',
  dialect: null,
  productKey: null,
  deviceKey: null,
  tenant: null,
  deviceId: null,
  secretVersion: null,
} as const;

/** CONNACK 3, server unavailable. */
const RETRYABLE = 3;

/** It was said to a process that stood still: the device has gone elsewhere, or tries again. */
const tooLate = (decided: Login | UnitClaim): Denial => ({
  ...decided,
  ...{ decision: 'deny', reason: 'view-stale', rule: 'gateway.standstill' },
});

/** The gateway's side of the listener: decides, tells why, and passes on what becomes of the session. */
export class GatewayAuthority implements DeviceAuthority<DeviceIdentity> {
  readonly #parts: AuthorityParts;
  readonly #freshness: FreshnessWait;

  constructor(parts: AuthorityParts) {
    this.#parts = parts;
    this.#freshness = new FreshnessWait(parts.view, parts.clock);
  }

  decide(wire: ConnectClaim): Answer | Promise<Answer> {
    const { metrics, clock } = this.#parts;
    const begun = clock.monotonicMs();
    const took = (answer: Answer): Answer => {
      metrics.took('admit' in answer ? 'allow' : 'deny', clock.monotonicMs() - begun);
      return answer;
    };
    const answer = this.#decide(wire);
    return answer instanceof Promise ? answer.then(took) : took(answer);
  }

  #decide(wire: ConnectClaim): Answer | Promise<Answer> {
    const { view, limits, clock } = this.#parts;
    if (!limits.open(addressOf(wire.remoteAddress), clock.now()))
      return this.#deny(wire, { ...NOBODY, reason: 'too-many-requests', rule: 'limit.refusals' });
    if (!view.complete)
      return this.#deny(wire, { ...NOBODY, reason: 'view-stale', rule: 'gateway.catching-up' });
    const decided = this.#judge(wire);
    const unsure = decided.decision === 'deny' && decided.reason === 'view-stale';
    const fresh = unsure ? this.#freshness.begin() : null;
    if (fresh === null) return this.#answer(wire, decided);
    return fresh.then(() => this.#answer(wire, this.#judge(wire)));
  }

  #judge(wire: ConnectClaim): Decided {
    const { view, proofs, budgets, clock } = this.#parts;
    return decideConnect(parseConnect(wire), {
      ...{ view, proofs, budgets, nowMs: clock.now() },
      stalenessMs: view.stalenessMs(),
      caughtUp: view.ready,
      keepAliveSeconds: wire.keepAliveSeconds,
    });
  }

  #answer(wire: ConnectClaim, decided: Decided): Answer | Promise<Answer> {
    if (decided.decision === 'deny') return this.#deny(wire, decided);
    if (!this.#parts.awake()) return this.#deny(wire, tooLate(decided));
    if (decided.decision === 'allow') return this.#admit(wire, decided);
    return this.#claim(wire, decided);
  }

  #deny(wire: ConnectClaim, denial: Denial): Answer {
    const { limits, clock } = this.#parts;
    const refuse = connackOf(denial.reason, denial.dialect);
    this.#tell(wire.clientId, denial, denial.reason);
    if (denial.rule === KEYS_RULE) this.#parts.onUnfitKeys();
    // A fleet that is told to try again has done nothing wrong.
    if (refuse !== RETRYABLE) limits.refused(addressOf(wire.remoteAddress), clock.now());
    return { refuse };
  }

  #admit(wire: ConnectClaim, login: Login): Answer {
    const { tenant, productKey, deviceKey, deviceId, generation } = login.device;
    const { unit, clientId, dialect, secretVersion, activates } = login;
    this.#tell(wire.clientId, login, 'ok');
    return {
      admit: {
        ...topicPolicyOf(dialect, productKey, deviceKey),
        // A new life must not inherit what an old one left in its session.
        sessionKey: `${tenant}/${productKey}/${deviceKey}#${generation}#${unit ?? ''}`,
        sessionId: this.#parts.ids.uuid(),
        identity: {
          ...{ tenant, productKey, deviceKey, deviceId, generation },
          ...{ unit, clientId, dialect, secretVersion, activates },
          secretUntil: secretUntil(secretVersion, login.device),
          viewVersion: this.#parts.view.version,
        },
        greeting: [],
        closeAfterMs: null,
        fetchOnly: false,
      },
    };
  }

  async #claim(wire: ConnectClaim, claim: UnitClaim): Promise<Answer> {
    const { limits, claims, clock } = this.#parts;
    const refuse = (reason: RefusalReason): Answer =>
      this.#deny(wire, { ...claim, decision: 'deny', reason });
    const name = `${claim.productKey}/${claim.deviceKey}`;
    if (!limits.mayClaim(addressOf(wire.remoteAddress), name, clock.now()))
      return refuse('too-many-requests');
    const outcome = await claims.claim(claim, wire.clientId.split('|', 1)[0] ?? '');
    if (!outcome.granted) return refuse(outcome.reason);
    this.#tell(wire.clientId, { ...claim, deviceId: outcome.deviceId }, 'ok');
    return { admit: outcome.admission };
  }

  #tell(clientId: string, decided: Decided, reason: CountedDecision['reason']): void {
    const { view, decisions, metrics } = this.#parts;
    const decision = reason === 'ok' ? 'allow' : 'deny';
    const { rule, dialect, tenant, productKey, deviceKey, deviceId, secretVersion } = decided;
    // What restricts a device comes over the fast lane; that there is one at all may come over either.
    const both = Math.min(view.fastPosition, view.bulkPosition);
    metrics.decided(decision, reason, dialect);
    decisions.add({
      ...{ decision, reason, rule, tenant, productKey, deviceKey, deviceId, secretVersion },
      clientIdHash: () => hash('sha256', clientId),
      viewPosition: deviceId === null ? both : view.fastPosition,
    });
  }

  refused({ remoteAddress, code }: { remoteAddress: string; code: RefusalCode }): void {
    const { limits, clock } = this.#parts;
    const reason = code === 1 ? 'protocol-version' : 'malformed-client-id';
    this.#tell('', { ...NOBODY, reason, rule: 'wire.transport' }, reason);
    limits.refused(addressOf(remoteAddress), clock.now());
  }

  opened(session: DeviceSession<DeviceIdentity>): void {
    this.#parts.live.opened(session);
  }

  closed(session: DeviceSession<DeviceIdentity>, reason: TransportCloseReason): void {
    this.#parts.live.closed(session, reason);
  }

  greeted(admission: Admission<DeviceIdentity>, delivered: boolean): void {
    if (!delivered) this.#parts.claims.undelivered(admission);
  }

  published(
    session: DeviceSession<DeviceIdentity>,
    message: { readonly topic: string; readonly payload: Uint8Array },
    done: (accepted: boolean) => void,
  ): void {
    this.#parts.telemetry.add(session.identity, message, done);
  }
}
