import type { DeviceCredential } from '@tallystick/contracts';
import type { Admission, DeviceSession } from '@tallystick/ports';
import { ownAdmission } from '../authority/own-admission.ts';
import type { Login } from '../decide/decision.types.ts';
import { secretUntil } from '../decide/judge-session.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import type { RowChange } from '../view/fold-record.ts';
import type { GatewayView } from '../view/gateway-view.ts';
import type { Fetch } from './live-fetches.ts';
import type { SecretFetches } from './secret-fetches.ts';

export interface PromotionsDeps {
  readonly view: Pick<GatewayView, 'product' | 'device' | 'version' | 'fastPosition'>;
  readonly fetches: Pick<SecretFetches, 'mayFetch' | 'left' | 'ofDevice'>;
  /**
   * False for a moment after this process stood still (see Standstill): what a device said then may
   * be long ago, and it may be live elsewhere. False too while the view is too old for a login with
   * the device's own secret, for that is what this is.
   */
  readonly mayLogIn: () => boolean;
  /** See DeviceListener. */
  readonly promote: (sessionId: string, admission: Admission<DeviceIdentity>) => boolean;
  /** Called before the session opens as the device's own. */
  readonly onPromoted: (identity: DeviceIdentity, login: Login, wireClientId: string) => void;
}

/**
 * A session in which a device has fetched its secret, and says so, becomes its own: the vendor's
 * SDK stays on it and never logs in again.
 */
export class Promotions {
  readonly #deps: PromotionsDeps;
  /** Those whose device has said that it has its secret; it may say so more than once. */
  readonly #confirmed = new WeakMap<Fetch, DeviceSession<DeviceIdentity>>();

  constructor(deps: PromotionsDeps) {
    this.#deps = deps;
  }

  confirmed(session: DeviceSession<DeviceIdentity>, fetch: Fetch): void {
    this.#confirmed.set(fetch, session);
    this.#look(session, fetch);
  }

  /** A view that is a moment behind the registry, which has granted the secret, may know by now. */
  changed(changes: readonly RowChange[]): void {
    for (const { after } of changes) {
      if (after.kind !== 'device') continue;
      for (const fetch of this.#deps.fetches.ofDevice(after)) {
        const session = this.#confirmed.get(fetch);
        if (session !== undefined) this.#look(session, fetch);
      }
    }
  }

  #look(session: DeviceSession<DeviceIdentity>, fetch: Fetch): void {
    const device = this.#granted(fetch);
    if (device !== null && this.#deps.mayLogIn()) this.#promote(session, fetch, device);
  }

  /** The device as it was granted its secret; null: the view does not know that, or no longer. */
  #granted({ basis, grant }: Fetch): DeviceCredential | null {
    const { view } = this.#deps;
    const device = view.device(basis.productKey, basis.deviceKey);
    if (device === null || device.generation !== grant.generation) return null;
    const isKnown = device.secrets.some(({ version }) => version === grant.secretVersion);
    // What comes by the bulk lane alone, as a new name, changes nothing here and may take long.
    const passed = Math.max(device.position, view.fastPosition);
    return isKnown && passed >= basis.position ? device : null;
  }

  #promote(session: DeviceSession<DeviceIdentity>, fetch: Fetch, device: DeviceCredential): void {
    const { view, fetches, onPromoted, promote } = this.#deps;
    const { productKey } = fetch.basis;
    const product = view.product(productKey);
    if (product === null || !fetches.mayFetch(fetch)) return;
    const { secretVersion } = fetch.grant;
    const identity: DeviceIdentity = {
      ...{ ...session.identity, secretVersion, activates: 'dynamic', viewVersion: view.version },
      secretUntil: secretUntil(secretVersion, device),
    };
    fetches.left(fetch);
    const { decision: _, asks: __, ...of } = fetch.claim;
    const rule = `${of.dialect}.dynamic.confirmed`;
    const proven = { ...of, rule, deviceId: device.deviceId, secretVersion, unit: null };
    const login = { decision: 'allow', ...proven, device, product, activates: 'static' } as const;
    onPromoted(identity, login, session.claim.clientId);
    promote(session.sessionId, ownAdmission(identity, product, session.claim, session.sessionId));
  }
}
