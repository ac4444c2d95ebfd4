import type { CallContext, ClaimInput, IdentityHandlers, Refusal } from '@tallystick/application';
import type { ClaimAnswer, ClaimRequest } from '@tallystick/contracts';
import type { DeviceState } from '@tallystick/domain';
import type { NameQuota } from './name-quota.ts';
import { counted, type AskedFor, type Unanswered } from './unanswered.ts';

export interface ClaimUnitDeps {
  readonly handlers: IdentityHandlers;
  readonly quota: NameQuota;
  readonly unanswered: Unanswered<ClaimRequest>;
}

type Refused = Extract<ClaimAnswer, { readonly granted: false }>;

/**
 * As the gateways know refusals. `registry-away` is retryable: it stands for all that does not say
 * no for good. A new refusal does not compile until it is placed.
 */
const REASON_OF = {
  'product-unknown': 'unknown-product',
  'invalid-field': 'unknown-product',
  'dynamic-activation-off': 'dynamic-activation-off',
  'device-disabled': 'device-disabled',
  'name-closed': 'name-closed',
  'client-slots-full': 'slots-full',
  'unit-state': 'registry-away',
  'store-unavailable': 'registry-away',
  'idempotency-mismatch': 'registry-away',
  // The key lives in another product of a tenant where it must be unique: final, for the name gets
  // no unit here until that device is gone.
  'device-key-taken': 'name-closed',
  'quota-exceeded': 'too-many-requests',
  // What no claim is refused for.
  'already-activated': 'registry-away',
  'device-unknown': 'registry-away',
  'unit-unknown': 'registry-away',
  'token-unknown': 'registry-away',
  'tenant-taken': 'registry-away',
  'product-key-taken': 'registry-away',
  'device-id-taken': 'registry-away',
  'product-not-empty': 'registry-away',
  'stale-revision': 'registry-away',
} as const satisfies Readonly<Record<Refusal['code'], Refused['reason']>>;

const refused = (reason: Refused['reason']): ClaimAnswer => ({ granted: false, reason });

/** The context of a gateway's call: the gateway is the actor. */
export function gatewayContext(tenant: string, gatewayId: string, cause: string): CallContext {
  return {
    tenant,
    actor: `gateway:${gatewayId}`,
    correlationId: cause,
    causationId: cause,
  };
}

/**
 * The same claim id gets the same unit, whichever registry is asked and whatever became of the one
 * that was asked first.
 */
function idempotencyOf(claimId: string, input: ClaimInput) {
  return { key: claimKey(claimId), request: JSON.stringify(input) };
}

export const claimKey = (claimId: string): string => `claim/${claimId}`;

/** The device under the name that is asked for, as its stream has it. */
export async function deviceAskedFor(
  { loading }: IdentityHandlers,
  { productKey, deviceKey }: Pick<AskedFor, 'productKey' | 'deviceKey'>,
): Promise<DeviceState> {
  const { state } = await loading.product(productKey);
  const tenant = state.status === 'live' ? state.tenant : '';
  return (await loading.device(tenant, productKey, deviceKey)).state;
}

/** Decides a claim: the device's tenant is its product's, for the wire carries none. */
export function createClaimUnit(
  deps: ClaimUnitDeps,
): (request: ClaimRequest) => Promise<ClaimAnswer> {
  const { handlers, quota, unanswered } = deps;
  return async (request) => {
    const { claimId, address, ...input } = request;
    const { productKey, deviceKey, gatewayId } = input;
    const product = await handlers.loading.product(productKey);
    if (product.state.status === 'absent') return refused('unknown-product');
    const { tenant } = product.state;
    if (!(await quota.allows(tenant, productKey, deviceKey))) return refused('too-many-requests');
    const origin = { action: 'claimUnit', address: address ?? null };
    const context = { ...gatewayContext(tenant, gatewayId, claimId), origin };
    if (!(await unanswered.take(request))) return refused('too-many-requests');
    const idempotency = idempotencyOf(claimId, input);
    const asked = handlers.units.claim(input, { ...context, idempotency });
    const answer = await counted(unanswered, request, asked, ({ reply }) => reply.clientId);
    if (!answer.ok) return refused(REASON_OF[answer.error.code]);
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
