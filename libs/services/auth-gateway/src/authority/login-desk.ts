import type { ParsedConnect } from '@tallystick/dialects';
import type { Clock, SessionClaim } from '@tallystick/ports';
import type { ActivatedHere } from '../claims/activated-here.ts';
import { decideConnect, KEYS_RULE } from '../decide/decide-connect.ts';
import type { Asking, Budgets, ConnectDecision, Denial } from '../decide/decision.types.ts';
import { denyUnproven } from '../decide/named.ts';
import type { ProofChecker } from '../decide/proof.ts';
import type { Refusal } from '../gateway.types.ts';
import type { GatewayView } from '../view/gateway-view.ts';
import type { ConnectLimits } from './connect-limits.ts';
import type { DecisionTeller } from './decision-teller.ts';
import { isRetryable, namedIn, REFUSALS_RULE, tooLate, underLook } from './denials.ts';
import { FreshnessWait } from './freshness-wait.ts';
import { pskDevice } from './psk-keys.ts';

export interface LoginDeskParts {
  readonly view: GatewayView;
  readonly proofs: ProofChecker;
  readonly budgets: Budgets;
  /** False for a moment after this process stood still: see Standstill. */
  readonly awake: () => boolean;
  readonly limits: ConnectLimits;
  /** A credential did not open under the keys that this gateway holds. */
  readonly onUnfitKeys: () => void;
  readonly activated: Pick<ActivatedHere, 'has'>;
  readonly clock: Clock;
}

/** Who is asking, whatever the wire. */
export type Caller = Pick<
  SessionClaim,
  'transport' | 'remoteAddress' | 'clientId' | 'keepAliveSeconds' | 'pskIdentity'
>;

/** Decides what was said to any door, within the limits of its address and its name. */
export class LoginDesk {
  readonly #parts: LoginDeskParts;
  readonly #teller: DecisionTeller;
  readonly #freshness: FreshnessWait;

  constructor(parts: LoginDeskParts, teller: DecisionTeller) {
    this.#parts = parts;
    this.#teller = teller;
    this.#freshness = new FreshnessWait(parts.view, parts.clock);
  }

  /** A denial is only told, and counted, by `deny`. */
  decide(parsed: ParsedConnect, caller: Caller): ConnectDecision | Promise<ConnectDecision> {
    const { view, limits, clock } = this.#parts;
    if (!view.complete) return denyUnproven(parsed, view, 'view-stale', 'gateway.catching-up');
    const look = limits.look(caller.remoteAddress, namedIn(parsed, view), clock.monotonicMs());
    if (look === 'shut') return denyUnproven(parsed, view, 'too-many-requests', REFUSALS_RULE);
    const judge = () => underLook(look, this.#judge(parsed, caller));
    const decided = judge();
    const unsure = decided.decision === 'deny' && decided.reason === 'view-stale';
    const fresh = unsure ? this.#freshness.begin() : null;
    return fresh === null ? this.#inTime(decided) : fresh.then(() => this.#inTime(judge()));
  }

  #judge(parsed: ParsedConnect, caller: Caller): ConnectDecision {
    const { view, proofs, budgets, clock, activated } = this.#parts;
    return decideConnect(parsed, {
      ...{ view, proofs, budgets, nowMs: clock.now() },
      stalenessMs: view.stalenessMs(),
      caughtUp: view.ready,
      inTheClear: caller.transport === 'tcp',
      keepAliveSeconds: caller.transport === 'http' ? null : caller.keepAliveSeconds,
      psk: pskDevice(caller.pskIdentity),
      isActivatedHere: (device) => activated.has(device),
    });
  }

  #inTime(decided: ConnectDecision): ConnectDecision {
    return decided.decision === 'deny' || this.#parts.awake() ? decided : tooLate(decided);
  }

  deny({ clientId, remoteAddress }: Pick<Caller, 'clientId' | 'remoteAddress'>, denial: Denial) {
    const { limits, clock, onUnfitKeys } = this.#parts;
    const { reason, dialect } = denial;
    this.#teller.denied(denial, clientId);
    if (denial.rule === KEYS_RULE) onUnfitKeys();
    // A device that gets the retryable refusal has done nothing wrong.
    if (!isRetryable(reason)) limits.refused(remoteAddress, clock.monotonicMs());
    const refusal: Refusal = { reason, dialect };
    return { refuse: refusal };
  }

  /** Counts one that asks a registry, by its address and its name; false: it is one too many. */
  mayAsk({ remoteAddress }: Pick<Caller, 'remoteAddress'>, { productKey, deviceKey }: Asking) {
    const { limits, clock } = this.#parts;
    return limits.takeClaim(remoteAddress, `${productKey}/${deviceKey}`, clock.monotonicMs());
  }
}
