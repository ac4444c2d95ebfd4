import type { SessionDescription } from '@tallystick/contracts';
import type { DeviceSession } from '@tallystick/ports';
import type { DeviceIdentity } from '../gateway.types.ts';

/** A session that is live on this gateway, and how it is told of. */
export interface HeldSession {
  readonly identity: DeviceIdentity;
  readonly description: SessionDescription;
}

const deviceOf = (productKey: string, deviceKey: string): string => `${productKey}/${deviceKey}`;

/** A report names so many tenants at most: those with the most sessions. */
const MOST_TENANTS = 500;

/** The sessions that are live here, found by device. */
export class SessionIndex {
  readonly #byId = new Map<string, HeldSession>();
  readonly #byDevice = new Map<string, Set<string>>();
  readonly #ofTenant = new Map<string, number>();

  add(live: HeldSession): void {
    const { sessionId, tenant, productKey, deviceKey } = live.description;
    this.remove(sessionId);
    this.#byId.set(sessionId, live);
    this.#count(tenant, 1);
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
    this.#count(live.description.tenant, -1);
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

  #count(tenant: string, change: 1 | -1): void {
    const now = (this.#ofTenant.get(tenant) ?? 0) + change;
    if (now === 0) this.#ofTenant.delete(tenant);
    else this.#ofTenant.set(tenant, now);
  }

  sizeByTenant(): Readonly<Record<string, number>> {
    if (this.#ofTenant.size <= MOST_TENANTS) return Object.fromEntries(this.#ofTenant);
    const largest = [...this.#ofTenant].toSorted(([, a], [, b]) => b - a);
    return Object.fromEntries(largest.slice(0, MOST_TENANTS));
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
