import { parseRfc3339, type EpochMs } from '@tallystick/kernel';
import { completePolicy } from './complete-policy.ts';
import type { LiveProduct, ProductEvent, ProductState, SecretVersion } from './product.types.ts';

export const initialProduct: ProductState = { status: 'absent' };

/**
 * Secrets after a reset, newest first: the one before holds until `previousExpiresAt`, older ones
 * as long as they were promised. At most five.
 */
export function succeedSecret(
  secrets: readonly SecretVersion[],
  next: { readonly secretVersion: number; readonly secretId: string },
  previousExpiresAt: string | null,
  now: EpochMs,
): readonly SecretVersion[] {
  const newest = { version: next.secretVersion, secretId: next.secretId, expiresAt: null };
  const until = previousExpiresAt === null ? null : parseRfc3339(previousExpiresAt);
  if (until === null) return [newest];
  const older = secrets
    .map((secret) => ({ ...secret, expiresAt: Math.min(secret.expiresAt ?? until, until) }))
    .filter((secret) => secret.expiresAt > now);
  return [newest, ...older].slice(0, 5);
}

function create(event: Extract<ProductEvent, { type: 'ProductCreated' }>): LiveProduct {
  const { secretVersion, secretId, ...named } = event.data;
  return {
    status: 'live',
    ...completePolicy(named),
    createdAt: event.time,
    closing: false,
    secrets: [{ version: secretVersion, secretId, expiresAt: null }],
  };
}

type Fold<T extends ProductEvent['type']> = (
  product: LiveProduct,
  event: Extract<ProductEvent, { type: T }>,
) => ProductState;

const folds: { readonly [T in ProductEvent['type']]: Fold<T> } = {
  ProductCreated: (_, event) => create(event),
  ProductSecretReset: (product, { time, data }) => ({
    ...product,
    secrets: succeedSecret(product.secrets, data, data.previousExpiresAt, time),
  }),
  SecretRead: (product) => product,
  DynamicActivationEnabled: (product) => ({ ...product, dynamicActivation: true }),
  DynamicActivationDisabled: (product) => ({ ...product, dynamicActivation: false }),
  ProductPolicyChanged: (product, event) => ({ ...product, ...event.data }),
  ProductDeleted: () => initialProduct,
};

function foldOne<T extends ProductEvent['type']>(
  product: LiveProduct,
  type: T,
  event: Extract<ProductEvent, { type: T }>,
): ProductState {
  return folds[type](product, event);
}

/** What a product is after one more event. An event of no product leaves it absent. */
export function evolveProduct(state: ProductState, event: ProductEvent): ProductState {
  if (event.type === 'ProductCreated') return create(event);
  if (state.status === 'absent') return state;
  return foldOne(state, event.type, event);
}

export function foldProduct(events: Iterable<ProductEvent>): ProductState {
  let state = initialProduct;
  for (const event of events) state = evolveProduct(state, event);
  return state;
}
