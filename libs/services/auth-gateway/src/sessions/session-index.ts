import type { SessionDescription } from '@tallystick/contracts';
import type { DeviceSession } from '@tallystick/ports';
import type { DeviceIdentity } from '../gateway.types.ts';

/** A session that is live on this gateway, and how it is told of. */
export interface HeldSession {
  readonly identity: DeviceIdentity;
  readonly description: SessionDescription;
}

const deviceOf = (productKey: string, deviceKey: string): string => `${productKey}/${deviceKey}`;

/** The sessions that are live here, found by device. */
export class SessionIndex {
  readonly #byId = new Map<string, HeldSession>();
  readonly #byDevice = new Map<string, Set<string>>();

  add(live: HeldSession): void {
    const { sessionId, productKey, deviceKey } = live.description;
    this.#byId.set(sessionId, live);
    const device = deviceOf(productKey, deviceKey);
    const ids = this.#byDevice.get(device);
    if (ids === undefined) this.#byDevice.set(device, new Set([sessionId]));
    else ids.add(sessionId);
  }

  /** The session that was there; undefined: none of that id. */
  remove(sessionId: string): HeldSession | undefined {
    const live = this.#byId.get(sessionId);
    if (live === undefined) return undefined;
    this.#byId.delete(sessionId);
    const device = deviceOf(live.description.productKey, live.description.deviceKey);
    const ids = this.#byDevice.get(device);
    ids?.delete(sessionId);
    if (ids?.size === 0) this.#byDevice.delete(device);
    return live;
  }

  /** A copy: sessions may be removed while it is walked. */
  ofDevice(productKey: string, deviceKey: string): readonly HeldSession[] {
    const ids = this.#byDevice.get(deviceOf(productKey, deviceKey)) ?? [];
    return [...ids]
      .map((id) => this.#byId.get(id))
      .filter((live): live is HeldSession => live !== undefined);
  }

  ofProduct(productKey: string): readonly HeldSession[] {
    return this.all().filter((live) => live.description.productKey === productKey);
  }

  all(): readonly HeldSession[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }
}

export function describeSession(session: DeviceSession<DeviceIdentity>): SessionDescription {
  const { identity, claim, sessionId, openedAt } = session;
  const { tenant, productKey, deviceKey, deviceId, generation } = identity;
  const { unit, clientId, dialect, secretVersion } = identity;
  return {
    ...{ sessionId, tenant, productKey, deviceKey, deviceId, generation, unit, clientId },
    transport: claim.transport,
    dialect,
    remoteAddress: claim.remoteAddress,
    secretVersion,
    openedAt,
  };
}
