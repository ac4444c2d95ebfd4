import type { ClaimAnswer } from '@tallystick/contracts';
import { fetchTopicsOf, toRegnwlReply, type RefusalReason } from '@tallystick/dialects';
import type { Admission, Ids } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { UnitClaim } from '../decide/decision.types.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import { hostOf } from './address-of.ts';
import { FETCH_MS } from './fetch-time.ts';
import type { RegistryClient } from './registry-client.ts';
import { SlotReleases } from './slot-releases.ts';

type Registry = Pick<RegistryClient, 'claim' | 'release' | 'abandon'>;
type Granted = Extract<ClaimAnswer, { readonly granted: true }>;

export type ClaimOutcome =
  | {
      readonly granted: true;
      readonly deviceId: string;
      readonly admission: Admission<DeviceIdentity>;
    }
  | { readonly granted: false; readonly reason: RefusalReason };

/** Carries units' claims to a registry, and the registry's grants to the wire. */
export class UnitClaims {
  readonly #registry: Registry;
  readonly #gatewayId: string;
  readonly #ids: Ids;
  readonly #releases: SlotReleases;

  constructor(deps: {
    readonly registry: Registry;
    readonly gatewayId: string;
    readonly ids: Ids;
    readonly logger: Logger;
  }) {
    this.#registry = deps.registry;
    this.#gatewayId = deps.gatewayId;
    this.#ids = deps.ids;
    this.#releases = new SlotReleases(deps.registry, deps.logger);
  }

  /** `remoteAddress` is `ip:port`. */
  async claim(decision: UnitClaim, remoteAddress: string): Promise<ClaimOutcome> {
    const { productKey, deviceKey, dialect } = decision;
    const claimId = this.#ids.uuid();
    const address = hostOf(remoteAddress);
    const name = { productKey, deviceKey, gatewayId: this.#gatewayId, dialect };
    const request = { ...name, address, claimId };
    const { answer, perhapsMade } = await this.#registry.claim(request);
    if (perhapsMade) this.#releases.abandon(request);
    if (answer === null) return { granted: false, reason: 'registry-away' };
    if (!answer.granted) return answer;
    const admission = this.#admit(decision, answer);
    return { granted: true, deviceId: answer.deviceId, admission };
  }

  #admit(decision: UnitClaim, grant: Granted): Admission<DeviceIdentity> {
    const { productKey, deviceKey, dialect, clientId } = decision;
    const { tenant, deviceId, generation, deviceToken } = grant;
    const sessionId = this.#ids.uuid();
    const identity: DeviceIdentity = {
      ...{ tenant, productKey, deviceKey, deviceId, generation, clientId, dialect },
      unit: grant.clientId,
      secretVersion: decision.secretVersion,
      secretUntil: null,
      activates: null,
      viewVersion: 0,
    };
    return {
      ...fetchTopicsOf('regnwl', { productKey, deviceKey, deviceId }),
      sessionKey: `fetch/${sessionId}`,
      sessionId,
      identity,
      greeting: [toRegnwlReply({ productKey, deviceKey, clientId: grant.clientId, deviceToken })],
      closeAfterMs: FETCH_MS,
      silence: null,
      fetchOnly: true,
    };
  }

  /** The token never reached its unit: the slot is free again. */
  undelivered({ identity }: Admission<DeviceIdentity>): void {
    const { tenant, productKey, deviceKey, generation, unit } = identity;
    if (unit === null) return;
    const name = { tenant, productKey, deviceKey, generation };
    this.#releases.release({ ...name, clientId: unit, reason: 'connection-lost' });
  }

  close(): void {
    this.#releases.close();
  }
}
