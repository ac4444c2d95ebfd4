import { fetchTopicsOf, type FetchDelivery, type RefusalReason } from '@tallystick/dialects';
import type { SessionClaim } from '@tallystick/ports';
import type { SecretClaims, SecretGrant } from '../claims/secret-claims.ts';
import type { SecretFetches } from '../claims/secret-fetches.ts';
import type { UnitClaims } from '../claims/unit-claims.ts';
import type { Asking, SecretClaim, UnitClaim } from '../decide/decision.types.ts';
import { refusalOf } from '../decide/rules.ts';
import type { Refusal } from '../gateway.types.ts';
import type { Answer } from './answer.types.ts';
import type { DecisionTeller } from './decision-teller.ts';
import { isForeignWill, willRefused } from './denials.ts';
import type { LoginDesk } from './login-desk.ts';
import type { ToldLater } from './told-later.ts';

export interface AskingDeskParts {
  readonly claims: UnitClaims;
  readonly secrets: SecretClaims;
  readonly fetches: SecretFetches;
}

/** A device's secret for a wire that answers with it, as HTTP does. */
export type SecretAnswer =
  | { readonly refuse: Refusal }
  | {
      readonly grant: SecretGrant & {
        readonly productKey: string;
        readonly deviceKey: string;
        /** To be called once the device has its answer: then the decision is told. */
        answered(): void;
      };
    };

/** Carries what only a registry can answer, and what it said. */
export class AskingDesk {
  readonly #parts: AskingDeskParts;
  readonly #desk: LoginDesk;
  readonly #teller: DecisionTeller;
  readonly #toldLater: ToldLater;

  constructor(parts: AskingDeskParts, desk: LoginDesk, teller: DecisionTeller, later: ToldLater) {
    this.#parts = parts;
    this.#desk = desk;
    this.#teller = teller;
    this.#toldLater = later;
  }

  /** A session in which the device gets its token, or its secret. */
  answer(wire: SessionClaim, asking: Asking): Answer | Promise<Answer> {
    if (asking.asks === 'unit') return this.#unit(wire, asking);
    const { delivery } = asking;
    // What an HTTP request asks for is no session.
    if (delivery === 'http') return this.#refuse(wire, asking, 'malformed-credentials');
    return this.#fetch(wire, asking, delivery);
  }

  /** Before the registry is asked: what is refused here must not take a slot. */
  #foreignWill(wire: SessionClaim, asking: Asking, delivery: FetchDelivery): Answer | null {
    const topics = fetchTopicsOf(delivery, { deviceId: '', ...namesOf(asking) });
    return isForeignWill(wire, topics) ? this.#desk.deny(wire, willRefused(asking)) : null;
  }

  async #unit(wire: SessionClaim, claim: UnitClaim): Promise<Answer> {
    const foreign = this.#foreignWill(wire, claim, 'regnwl');
    if (foreign !== null) return foreign;
    if (!this.#desk.mayAsk(wire, claim)) return this.#refuse(wire, claim, 'too-many-requests');
    const outcome = await this.#parts.claims.claim(claim, wire.remoteAddress);
    if (!outcome.granted) return this.#refuse(wire, claim, outcome.reason);
    const { admission, deviceId } = outcome;
    this.#toldLater.add(admission.identity, this.#allowed(wire, claim, deviceId));
    return { admit: admission };
  }

  async #fetch(
    wire: SessionClaim,
    claim: SecretClaim,
    delivery: Exclude<FetchDelivery, 'regnwl'>,
  ): Promise<Answer> {
    const foreign = this.#foreignWill(wire, claim, delivery);
    if (foreign !== null) return foreign;
    const answer = await this.secret(wire, claim);
    if ('refuse' in answer) return answer;
    const admission = this.#parts.fetches.admit(claim, delivery, answer.grant);
    this.#toldLater.add(admission.identity, () => answer.grant.answered());
    return { admit: admission };
  }

  async secret(wire: SessionClaim, claim: SecretClaim): Promise<SecretAnswer> {
    const { secrets, fetches } = this.#parts;
    if (!this.#desk.mayAsk(wire, claim)) return this.#refuse(wire, claim, 'too-many-requests');
    const outcome = await secrets.ask(claim, wire.remoteAddress);
    if (!outcome.granted) return this.#refuse(wire, claim, outcome.reason);
    const { grant } = outcome;
    // While the registry was asked, the device may have logged in, or have been disabled.
    const barred = fetches.barred(claim, grant);
    if (barred !== null) return this.#refuse(wire, claim, barred);
    const answered = this.#allowed(wire, claim, grant.deviceId);
    return { grant: { ...grant, ...namesOf(claim), answered } };
  }

  #allowed(wire: SessionClaim, asking: Asking, deviceId: string): () => void {
    return () => this.#teller.allowed({ ...asking, deviceId }, wire.clientId);
  }

  #refuse(wire: SessionClaim, asking: Asking, reason: RefusalReason) {
    return this.#desk.deny(wire, { ...asking, decision: 'deny', ...refusalOf(asking, reason) });
  }
}

const namesOf = ({ productKey, deviceKey, ...asking }: Asking) => ({
  ...{ productKey, deviceKey },
  ...(asking.asks === 'secret' && asking.saidId !== null ? { deviceId: asking.saidId } : {}),
});
