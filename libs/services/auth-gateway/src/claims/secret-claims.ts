import type { ActivationAnswer } from '@tallystick/contracts';
import type { RefusalReason } from '@tallystick/dialects';
import type { Ids } from '@tallystick/ports';
import type { SecretClaim } from '../decide/decision.types.ts';
import { hostOf } from './address-of.ts';
import type { RegistryClient } from './registry-client.ts';

/** A device's own secret, and whose it is. */
export type SecretGrant = Omit<Extract<ActivationAnswer, { readonly granted: true }>, 'granted'>;

export type SecretOutcome =
  | { readonly granted: true; readonly grant: SecretGrant }
  | { readonly granted: false; readonly reason: RefusalReason };

/**
 * Carries what devices ask by their product's secret to a registry. The same id is repeated to each
 * registry in turn, and what one of them did unheard is said again at the device's next try:
 * nothing has to be given back.
 */
export class SecretClaims {
  readonly #registry: Pick<RegistryClient, 'activate'>;
  readonly #gatewayId: string;
  readonly #ids: Ids;

  constructor(deps: {
    readonly registry: Pick<RegistryClient, 'activate'>;
    readonly gatewayId: string;
    readonly ids: Ids;
  }) {
    this.#registry = deps.registry;
    this.#gatewayId = deps.gatewayId;
    this.#ids = deps.ids;
  }

  /** `remoteAddress` is `ip:port`. */
  async ask(claim: SecretClaim, remoteAddress: string): Promise<SecretOutcome> {
    const { productKey, deviceKey, dialect, saidId, delivery } = claim;
    const { answer } = await this.#registry.activate({
      ...{ productKey, deviceKey, dialect, gatewayId: this.#gatewayId },
      address: hostOf(remoteAddress),
      activationId: this.#ids.uuid(),
      deviceId: saidId,
      // The other vendors' devices are registered before.
      makes: delivery === 'bootstrap',
    });
    if (answer === null) return { granted: false, reason: 'registry-away' };
    return answer.granted ? { granted: true, grant: answer } : answer;
  }
}
