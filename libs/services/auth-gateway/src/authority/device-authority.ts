import { parseClaims, type ParsedConnect } from '@tallystick/dialects';
import type {
  Admission,
  DeviceAuthority,
  DeviceSession,
  FaultyClaim,
  Ids,
  SessionClaim,
  TransportCloseReason,
} from '@tallystick/ports';
import type { ActivatedHere } from '../claims/activated-here.ts';
import type { ConnectDecision, Login } from '../decide/decision.types.ts';
import { secretUntil } from '../decide/judge-session.ts';
import { denyUnproven } from '../decide/named.ts';
import type { DeviceIdentity, Refusal } from '../gateway.types.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { endReason, fetchEndReason, toCloseReason } from '../sessions/close-reason.ts';
import type { LiveSessions } from '../sessions/live-sessions.ts';
import type { Answer } from './answer.types.ts';
import { AskingDesk, type AskingDeskParts, type SecretAnswer } from './asking-desk.ts';
import { DecisionTeller, type DecisionTellerParts } from './decision-teller.ts';
import { isForeignWill, willRefused } from './denials.ts';
import { LoginDesk, type LoginDeskParts } from './login-desk.ts';
import { Messages, type MessagesParts } from './messages.ts';
import { ownAdmission } from './own-admission.ts';
import type { PskKeys } from './psk-keys.ts';
import type { ToldLater } from './told-later.ts';
import { REASON_OF_FAULT, toWire } from './wire-claim.ts';

export type AuthorityParts = LoginDeskParts &
  AskingDeskParts &
  DecisionTellerParts &
  MessagesParts & {
    readonly activated: ActivatedHere;
    readonly psk: PskKeys;
    readonly live: LiveSessions;
    readonly metrics: GatewayMetrics;
    readonly toldLater: ToldLater;
    readonly ids: Ids;
  };

/**
 * The gateway's side of the listeners: decides, tells why, and passes on what becomes of the
 * session.
 */
export class GatewayAuthority implements DeviceAuthority<DeviceIdentity, Refusal> {
  readonly #parts: AuthorityParts;
  readonly #teller: DecisionTeller;
  readonly #desk: LoginDesk;
  readonly #asking: AskingDesk;
  readonly #messages: Messages;

  constructor(parts: AuthorityParts) {
    this.#parts = parts;
    this.#teller = new DecisionTeller(parts);
    this.#desk = new LoginDesk(parts, this.#teller);
    this.#asking = new AskingDesk(parts, this.#desk, this.#teller, parts.toldLater);
    this.#messages = new Messages(parts, parts.toldLater);
  }

  decide(wire: SessionClaim): Answer | Promise<Answer> {
    return this.login(parseClaims(toWire(wire)), wire);
  }

  /** Decides what a wire that is no MQTT has said; `wire` as far as it has these parts. */
  login(parsed: ParsedConnect, wire: SessionClaim): Answer | Promise<Answer> {
    return this.#timed(() => {
      const decided = this.#desk.decide(parsed, wire);
      return decided instanceof Promise
        ? decided.then((later) => this.#answer(wire, later))
        : this.#answer(wire, decided);
    });
  }

  /** As `login`, for one who asks for the device's own secret and gets it in the answer. */
  async register(parsed: ParsedConnect, wire: SessionClaim): Promise<SecretAnswer> {
    return this.#timed(async () => {
      const decided = await this.#desk.decide(parsed, wire);
      if (decided.decision === 'deny') return this.#desk.deny(wire, decided);
      if (decided.decision === 'ask-registry' && decided.asks === 'secret')
        return this.#asking.secret(wire, decided);
      const { rule } = decided;
      return this.#desk.deny(
        wire,
        denyUnproven(parsed, this.#parts.view, 'malformed-credentials', rule),
      );
    });
  }

  #timed<T extends object>(work: () => T | Promise<T>): T | Promise<T> {
    const { metrics, clock } = this.#parts;
    const begun = clock.monotonicMs();
    const took = (answer: T): T => {
      metrics.took('refuse' in answer ? 'deny' : 'allow', clock.monotonicMs() - begun);
      return answer;
    };
    const answer = work();
    return answer instanceof Promise ? answer.then(took) : took(answer);
  }

  #answer(wire: SessionClaim, decided: ConnectDecision): Answer | Promise<Answer> {
    if (decided.decision === 'deny') return this.#desk.deny(wire, decided);
    if (decided.decision === 'allow') return this.#admit(wire, decided);
    return this.#asking.answer(wire, decided);
  }

  #admit(wire: SessionClaim, login: Login): Answer {
    const { tenant, productKey, deviceKey, deviceId, generation } = login.device;
    const { unit, clientId, dialect, secretVersion, activates } = login;
    const identity: DeviceIdentity = {
      ...{ tenant, productKey, deviceKey, deviceId, generation },
      ...{ unit, clientId, dialect, secretVersion, activates },
      secretUntil: secretUntil(secretVersion, login.device),
      viewVersion: this.#parts.view.version,
    };
    const admission = ownAdmission(identity, login.product, wire, this.#parts.ids.uuid());
    if (isForeignWill(wire, admission)) return this.#desk.deny(wire, willRefused(login));
    if (wire.pskIdentity !== null) this.#parts.psk.proven(wire.pskIdentity);
    this.#parts.toldLater.add(identity, () => this.#teller.allowed(login, wire.clientId));
    return { admit: admission };
  }

  refused({ remoteAddress, fault, ...said }: FaultyClaim): void {
    const reason = REASON_OF_FAULT[fault];
    const wire = { speaks: null, clientId: said.clientId ?? '', password: null };
    const parsed = parseClaims({ ...wire, username: said.username });
    const denial = denyUnproven(parsed, this.#parts.view, reason, 'wire.transport');
    this.#desk.deny({ remoteAddress, clientId: wire.clientId }, denial);
  }

  opened(session: DeviceSession<DeviceIdentity>): void {
    const { toldLater, activated, fetches, live } = this.#parts;
    toldLater.answered(session.identity);
    activated.opened(session.identity);
    live.opened(session);
    fetches.activated(session.identity);
  }

  closed(session: DeviceSession<DeviceIdentity>, reason: TransportCloseReason): void {
    const why = toCloseReason(reason);
    const end = endReason(why);
    if (end !== null) this.#teller.ended(session, end, `session.${why}`);
    this.#parts.live.closed(session, why);
  }

  fetchEnded(session: DeviceSession<DeviceIdentity>, reason: TransportCloseReason): void {
    const end = fetchEndReason(reason);
    if (end !== null) this.#teller.ended(session, end, `fetch.${end}`);
  }

  /** Where a foreign topic ends no session, as over HTTP. */
  topicRefused(session: DeviceSession<DeviceIdentity>): void {
    this.#teller.refusedIn(session, 'topic-refused', 'session.topic-refused');
  }

  /** It was let in, and there is no room for its session. */
  turnedBack(of: Pick<DeviceSession<DeviceIdentity>, 'identity' | 'claim'>): void {
    this.#teller.refusedIn(of, 'too-many-requests', 'gateway.sessions');
  }

  greeted(admission: Admission<DeviceIdentity>, delivered: boolean): void {
    if (delivered) this.#parts.toldLater.answered(admission.identity);
    else this.#parts.claims.undelivered(admission);
  }

  published(
    session: DeviceSession<DeviceIdentity>,
    message: { readonly topic: string; readonly payload: Uint8Array },
    done: (accepted: boolean) => void,
  ): void {
    this.#messages.published(session, message, done);
  }
}
