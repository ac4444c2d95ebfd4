import { hash } from 'node:crypto';
import type { DecisionReason } from '@tallystick/contracts';
import { isBoundedClientId } from '@tallystick/dialects';
import type { DeviceSession } from '@tallystick/ports';
import type { Asking, Denial, Login } from '../decide/decision.types.ts';
import type { CountedDecision } from '../decisions/decision-groups.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { GatewayView } from '../view/gateway-view.ts';

export interface DecisionTellerParts {
  readonly view: Pick<GatewayView, 'fastPosition' | 'bulkPosition'>;
  readonly decisions: { add(decision: CountedDecision): void };
  readonly metrics: Pick<GatewayMetrics, 'decided'>;
}

/** What is told of a session. */
type Told = Pick<DeviceSession<DeviceIdentity>, 'identity' | 'claim'>;

/** Tells what devices were really answered: to the metrics, and to whoever asks why. */
export class DecisionTeller {
  readonly #parts: DecisionTellerParts;

  constructor(parts: DecisionTellerParts) {
    this.#parts = parts;
  }

  denied(denial: Denial, wireClientId: string): void {
    const { reason, dialect, means = [denial] } = denial;
    this.#parts.metrics.decided('deny', reason, dialect);
    for (const named of means) this.#count('deny', reason, { ...denial, ...named }, wireClientId);
  }

  allowed(login: Login | Asking, wireClientId: string): void {
    this.#parts.metrics.decided('allow', 'ok', login.dialect);
    this.#count('allow', 'ok', login, wireClientId);
  }

  /** The gateway itself ended a session that it had let in. */
  ended(session: DeviceSession<DeviceIdentity>, reason: DecisionReason, rule: string): void {
    this.#inSession('end', session, reason, rule);
  }

  /** A session was refused something, and goes on; or was to begin, and is not begun. */
  refusedIn(session: Told, reason: DecisionReason, rule: string): void {
    this.#inSession('deny', session, reason, rule);
  }

  #inSession(
    decision: 'deny' | 'end',
    { identity, claim }: Told,
    reason: DecisionReason,
    rule: string,
  ): void {
    const knownUnit = identity.unit !== null;
    this.#parts.metrics.decided(decision, reason, identity.dialect);
    this.#count(decision, reason, { ...identity, knownUnit, rule }, claim.clientId);
  }

  #count(
    decision: CountedDecision['decision'],
    reason: DecisionReason,
    of: Omit<CountedDecision, 'decision' | 'reason' | 'clientIdHash' | 'viewPosition'>,
    wireClientId: string,
  ): void {
    const { view, decisions } = this.#parts;
    const { rule, tenant, productKey, deviceKey, deviceId, clientId, knownUnit } = of;
    // What restricts a device comes over the fast lane; that there is one at all may come over
    // either.
    const both = Math.min(view.fastPosition, view.bulkPosition);
    decisions.add({
      ...{ decision, reason, rule, tenant, productKey, deviceKey, deviceId, clientId, knownUnit },
      secretVersion: of.secretVersion,
      // One beyond the limits goes into no record, not even as a hash.
      clientIdHash: () => hash('sha256', isBoundedClientId(wireClientId) ? wireClientId : ''),
      viewPosition: deviceId === null ? both : view.fastPosition,
    });
  }
}
