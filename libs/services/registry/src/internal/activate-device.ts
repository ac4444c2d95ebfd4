import type { IdentityHandlers, Refusal } from '@tallystick/application';
import type { ActivationAnswer, ActivationRequest } from '@tallystick/contracts';
import type { LiveProduct } from '@tallystick/domain';
import type { ReadMarks } from '../reactors/read-marks.ts';
import { gatewayContext } from './claim-unit.ts';
import type { NameQuota } from './name-quota.ts';
import { createSharedReads } from './shared-reads.ts';
import { counted, openedAt, type Unanswered } from './unanswered.ts';

export interface ActivateDeviceDeps {
  readonly handlers: IdentityHandlers;
  readonly marks: Pick<ReadMarks, 'upToNow'>;
  readonly quota: NameQuota;
  /** Of new secrets: what stands is given without growing anything. */
  readonly unanswered: Unanswered<ActivationRequest>;
}

type Refused = Extract<ActivationAnswer, { readonly granted: false }>;

/**
 * As the gateways know refusals. `registry-away` is retryable: it stands for all that does not say
 * no for good. A new refusal does not compile until it is placed.
 */
const REASON_OF = {
  'product-unknown': 'unknown-product',
  'device-unknown': 'unknown-device',
  'invalid-field': 'unknown-device',
  'dynamic-activation-off': 'dynamic-activation-off',
  'already-activated': 'already-activated',
  'device-disabled': 'device-disabled',
  'quota-exceeded': 'too-many-requests',
  // Another device has the name that the new one would have.
  'device-id-taken': 'unknown-device',
  'device-key-taken': 'unknown-device',
  'store-unavailable': 'registry-away',
  'idempotency-mismatch': 'registry-away',
  // What no activation is refused for.
  'name-closed': 'registry-away',
  'client-slots-full': 'registry-away',
  'unit-state': 'registry-away',
  'unit-unknown': 'registry-away',
  'token-unknown': 'registry-away',
  'tenant-taken': 'registry-away',
  'product-key-taken': 'registry-away',
  'product-not-empty': 'registry-away',
  'stale-revision': 'registry-away',
} as const satisfies Readonly<Record<Refusal['code'], Refused['reason']>>;

const refused = (reason: Refused['reason']): Refused => ({ granted: false, reason });

type Delivered = ReturnType<IdentityHandlers['devices']['deliverSecret']>;

/**
 * Each that rotates makes a new secret: one for its activation id, whichever registry is asked, and
 * not too many for a device that never logs in. Null: there are too many.
 */
async function rotated(
  { unanswered }: ActivateDeviceDeps,
  request: ActivationRequest,
  deliver: (idempotency: { key: string; request: string }) => Delivered,
): Promise<Awaited<Delivered> | null> {
  if (!(await unanswered.take(request))) return null;
  const { activationId, address: _, ...asked } = request;
  const call = { key: `activation/${activationId}`, request: JSON.stringify(asked) };
  return counted(unanswered, request, deliver(call), ({ state }) => openedAt(state));
}

/** What is asked again and gives the same secret needs no record of the answer. */
function deliver(
  deps: ActivateDeviceDeps,
  request: ActivationRequest,
  { tenant, registerRotatesSecret }: LiveProduct,
): Promise<Awaited<Delivered> | null> {
  const { productKey, deviceKey, deviceId, makes, gatewayId, activationId, address } = request;
  const origin = { action: 'deliverSecret', address: address ?? null };
  const context = { ...gatewayContext(tenant, gatewayId, activationId), origin };
  const registers = request.dialect === 'alibaba';
  const input = { productKey, deviceKey, deviceId, makes, registers };
  const { deliverSecret } = deps.handlers.devices;
  return registers && registerRotatesSecret
    ? rotated(deps, request, (idempotency) => deliverSecret(input, { ...context, idempotency }))
    : deliverSecret(input, context);
}

/**
 * Decides a dynamic activation once all first logins of the device that the gateways have told of
 * are known: whoever has its secret gets it no more (libs/README.md, rule 7).
 */
export function createActivateDevice(
  deps: ActivateDeviceDeps,
): (request: ActivationRequest) => Promise<ActivationAnswer> {
  const { handlers, marks, quota } = deps;
  const readProduct = createSharedReads(handlers.loading.product);
  return async (request) => {
    const { productKey, deviceKey, makes } = request;
    const { state: product } = await readProduct(productKey);
    if (product.status === 'absent') return refused('unknown-product');
    const { tenant, dynamicActivation, registrationFree } = product;
    if (!dynamicActivation) return refused('dynamic-activation-off');
    const begins = makes && registrationFree;
    if (begins && !(await quota.allows(tenant, productKey, deviceKey)))
      return refused('too-many-requests');
    if (!(await marks.upToNow({ tenant, productKey, deviceKey }))) return refused('registry-away');
    const answer = await deliver(deps, request, product);
    if (answer === null) return refused('too-many-requests');
    if (!answer.ok) return refused(REASON_OF[answer.error.code]);
    const { state, reply, position } = answer.value;
    const { secret: deviceSecret, secretVersion } = reply;
    const { deviceId, generation } = state;
    return { granted: true, deviceSecret, secretVersion, deviceId, generation, tenant, position };
  };
}
