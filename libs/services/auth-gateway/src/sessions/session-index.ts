import type { SessionDescription } from '@tallystick/contracts';
import type { DeviceSession } from '@tallystick/ports';
import type { DeviceIdentity } from '../gateway.types.ts';

export interface LiveSession {
  readonly identity: DeviceIdentity;
  readonly description: SessionDescription;
}

const deviceOf = (productKey: string, deviceKey: string): string => `${productKey}/${deviceKey}`;

/** The sessions that are live here, found by device. */
export class SessionIndex {
  readonly #byId = new Map<string, LiveSession>();
  readonly #byDevice = new Map<string, Set<string>>();

  add(live: LiveSession): void {
    const { sessionId, productKey, deviceKey } = live.description;
    this.#byId.set(sessionId, live);
    const device = deviceOf(productKey, deviceKey);
    const ids = this.#byDevice.get(device);
    if (ids === undefined) this.#byDevice.set(device, new Set([sessionId]));
    else ids.add(sessionId);
  }

  /** The session that was there; undefined: none of that id. */
  remove(sessionId: string): LiveSession | undefined {
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
  ofDevice(productKey: string, deviceKey: string): readonly LiveSession[] {
    const ids = this.#byDevice.get(deviceOf(productKey, deviceKey)) ?? [];
    return [...ids]
      .map((id) => this.#byId.get(id))
      .filter((live): live is LiveSession => live !== undefined);
  }

  ofProduct(productKey: string): readonly LiveSession[] {
    return this.all().filter((live) => live.description.productKey === productKey);
  }

  all(): readonly LiveSession[] {
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
