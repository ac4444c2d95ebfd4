import type { CallContext, IdentityHandlers, Refusal } from '@tallystick/application';
import type { ClaimAnswer, ClaimRequest } from '@tallystick/contracts';
import type { NameQuota } from './name-quota.ts';

export interface ClaimUnitDeps {
  readonly handlers: IdentityHandlers;
  readonly quota: NameQuota;
}

type Refused = Extract<ClaimAnswer, { readonly granted: false }>;

/** As the gateways know refusals. Whatever does not say no for good is retryable. */
const REASONS: Readonly<Partial<Record<Refusal['code'], Refused['reason']>>> = {
  'product-unknown': 'unknown-product',
  'invalid-field': 'unknown-product',
  'dynamic-activation-off': 'dynamic-activation-off',
  'device-disabled': 'device-disabled',
  'name-closed': 'name-closed',
  'client-slots-full': 'slots-full',
};

const refused = (reason: Refused['reason']): ClaimAnswer => ({ granted: false, reason });

/** Who a gateway's calls are done by. */
export function gatewayContext(tenant: string, gatewayId: string, cause: string): CallContext {
  return {
    tenant,
    actor: `gateway:${gatewayId}`,
    correlationId: cause,
    causationId: cause,
  };
}

/** The same claim id gets the same unit, whichever registry is asked and whatever became of the one that was asked first. */
function idempotencyOf({ claimId, ...input }: ClaimRequest) {
  return { key: claimKey(claimId), request: JSON.stringify(input) };
}

export const claimKey = (claimId: string): string => `claim/${claimId}`;

/** Decides a claim: the device's tenant is its product's, for the wire carries none. */
export function createClaimUnit(
  deps: ClaimUnitDeps,
): (request: ClaimRequest) => Promise<ClaimAnswer> {
  const { handlers, quota } = deps;
  return async (request) => {
    const { claimId, ...input } = request;
    const { productKey, deviceKey, gatewayId } = input;
    const product = await handlers.loading.product(productKey);
    if (product.state.status === 'absent') return refused('unknown-product');
    const { tenant } = product.state;
    if (!(await quota.allows(tenant, productKey, deviceKey))) return refused('too-many-requests');
    const context = gatewayContext(tenant, gatewayId, claimId);
    const idempotency = idempotencyOf(request);
    const answer = await handlers.units.claim(input, { ...context, idempotency });
    if (!answer.ok) return refused(REASONS[answer.error.code] ?? 'registry-away');
    const { state, reply, position } = answer.value;
    return {
      granted: true,
      clientId: reply.clientId,
      deviceToken: reply.deviceToken,
      deviceId: state.deviceId,
      generation: state.generation,
      tenant,
      position,
    };
  };
}
