import {
  bootstrapUpTopic,
  fetchTopicsOf,
  isEnosActivated,
  toBootstrapDown,
  type RefusalReason,
  type SecretDelivery,
} from '@tallystick/dialects';
import type { Admission, Clock, DeviceSession, Ids, OutgoingMessage } from '@tallystick/ports';
import type { SecretClaim } from '../decide/decision.types.ts';
import { judgeFetch } from '../decide/judge-fetch.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import { wasReset, type RowChange } from '../view/fold-record.ts';
import type { GatewayView } from '../view/gateway-view.ts';
import type { ActivatedHere } from './activated-here.ts';
import { FETCH_MS } from './fetch-time.ts';
import { greetingOf } from './fetch-greeting.ts';
import { LiveFetches, type Fetch } from './live-fetches.ts';
import type { SecretGrant } from './secret-claims.ts';

export interface SecretFetchesDeps {
  readonly view: Pick<GatewayView, 'product' | 'device' | 'fastPosition' | 'bulkPosition'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly activated: Pick<ActivatedHere, 'has'>;
  readonly ids: Ids;
  readonly cut: (sessionId: string, reason: string) => boolean;
  readonly send: (sessionId: string, message: OutgoingMessage) => boolean;
  /** `host:port` where devices connect from now on. */
  readonly deviceAddress: () => string;
}

type Session = Pick<DeviceSession<DeviceIdentity>, 'sessionId' | 'identity'>;
type Delivery = Exclude<SecretDelivery, 'http'>;

/** What a message of a session that fetches was. */
export type FetchStep = 'nothing' | 'delivered' | 'confirmed';

/** The sessions in which devices fetch their own secret, from the grant to their end. */
export class SecretFetches {
  readonly #deps: SecretFetchesDeps;
  readonly #live = new LiveFetches();

  constructor(deps: SecretFetchesDeps) {
    this.#deps = deps;
  }

  /** Why what was granted may not be fetched, seen from what is known here; null: it may. */
  barred(claim: SecretClaim, grant: SecretGrant): RefusalReason | null {
    const device = this.#deps.view.device(claim.productKey, claim.deviceKey);
    if (device !== null && this.#deps.activated.has(device)) return 'already-activated';
    const secretVersion = versionToCome(claim.delivery, grant);
    const reason = this.#judge({ ...claim, ...grant, secretVersion });
    // Its secret was given anew meanwhile: the device has done nothing wrong.
    return reason === 'bad-secret' ? 'view-stale' : reason;
  }

  admit(claim: SecretClaim, delivery: Delivery, grant: SecretGrant): Admission<DeviceIdentity> {
    const { productKey, deviceKey, dialect, clientId, secretVersion } = claim;
    const { tenant, deviceId, generation, position } = grant;
    const sessionId = this.#deps.ids.uuid();
    const identity: DeviceIdentity = {
      ...{ tenant, productKey, deviceKey, deviceId, generation, clientId, dialect },
      ...{ unit: null, secretVersion, secretUntil: null, activates: null, viewVersion: 0 },
    };
    const nowMs = this.#deps.clock.monotonicMs();
    const basis = {
      ...{ productKey, deviceKey, generation, position },
      secretVersion: versionToCome(delivery, grant),
    };
    const fetch = { sessionId, claim, grant, basis, untilMs: nowMs + 2 * FETCH_MS, over: false };
    this.#live.add(identity, fetch, nowMs);
    return {
      ...fetchTopicsOf(delivery, { productKey, deviceKey, deviceId }),
      ...{ sessionKey: `fetch/${sessionId}`, sessionId, identity },
      greeting: greetingOf(delivery, { productKey, deviceKey }, grant),
      ...{ closeAfterMs: FETCH_MS, silence: null, fetchOnly: true },
    };
  }

  /** Undefined: the session is no such one. */
  of(identity: DeviceIdentity): Fetch | undefined {
    return this.#live.of(identity);
  }

  ofDevice(name: Pick<Fetch['basis'], 'productKey' | 'deviceKey'>): readonly Fetch[] {
    return this.#live.ofDevice(name);
  }

  /** Whether it may still fetch, as far as is known now; where not, it is ended. */
  mayFetch(fetch: Fetch): boolean {
    return !this.#ended(fetch);
  }

  /** A message of a session that fetches. */
  said(session: Session, fetch: Fetch, topic: string, payload: Uint8Array): FetchStep {
    const { claim, grant } = fetch;
    if (claim.delivery === 'enos')
      return isEnosActivated(fetch.basis, topic, payload) ? 'confirmed' : 'nothing';
    if (claim.delivery !== 'bootstrap' || topic !== bootstrapUpTopic(grant.deviceId))
      return 'nothing';
    const { deviceId, deviceSecret } = grant;
    const down = toBootstrapDown(deviceId, { address: this.#deps.deviceAddress(), deviceSecret });
    return this.#deps.send(session.sessionId, down) ? 'delivered' : 'nothing';
  }

  /** It is the device's own session now. */
  left(fetch: Fetch): void {
    this.#live.remove(fetch);
  }

  /** The device is active by a session of its own: what else fetches for it ends. */
  activated(identity: DeviceIdentity): void {
    if (identity.activates !== 'static' && identity.activates !== 'dynamic') return;
    for (const fetch of this.#live.ofDevice(identity)) this.#end(fetch, 'already-activated');
  }

  changed(changes: readonly RowChange[]): void {
    if (this.#live.size === 0) return;
    for (const change of changes)
      for (const fetch of this.#concernedBy(change))
        if (change.after.position > fetch.basis.position && endsBy(change))
          this.#end(fetch, 'unknown-device');
        else this.#ended(fetch);
  }

  /** The view was read from its beginning. */
  judgeAll(): void {
    for (const fetch of this.#live.all()) this.#ended(fetch);
  }

  #concernedBy({ after }: RowChange): readonly Fetch[] {
    const { productKey } = after;
    if (after.kind === 'product' || after.deviceKey === null)
      return this.#live.ofProduct(productKey);
    return this.#live.ofDevice({ productKey, deviceKey: after.deviceKey });
  }

  #ended(fetch: Fetch): boolean {
    const reason = fetch.over ? null : this.#judge(fetch.basis);
    if (reason !== null) this.#end(fetch, reason);
    return fetch.over;
  }

  #judge(basis: Fetch['basis']): RefusalReason | null {
    const { view } = this.#deps;
    return judgeFetch(basis, view, Math.min(view.fastPosition, view.bulkPosition));
  }

  #end(fetch: Fetch, reason: RefusalReason): void {
    this.#live.remove(fetch);
    this.#deps.cut(fetch.sessionId, reason);
  }
}

/** A deletion and a reset end every session of before; both may be known by their change alone. */
const endsBy = (change: RowChange): boolean => change.after.kind === 'gone' || wasReset(change);

/** What Alibaba's devices register for is said in one message; the others answer, or ask first. */
const versionToCome = (delivery: SecretDelivery, grant: SecretGrant): number | null =>
  delivery === 'enos' || delivery === 'bootstrap' ? grant.secretVersion : null;
