import type { IdentityHandlers, Outcome } from '@tallystick/application';
import { toProductDocument } from '@tallystick/contracts';
import type { LiveProduct } from '@tallystick/domain';
import { ProblemError } from '../http/problem.ts';
import type { RegistryViews } from './views.types.ts';
import type { ProductOperations } from './operations.types.ts';
import { exact } from './exact.ts';
import { settle } from './settle.ts';

export interface ProductOperationsDeps {
  readonly handlers: IdentityHandlers;
  readonly views: RegistryViews;
}

const DEFAULT_LIMIT = 100;

type SecretOutcome = Outcome<LiveProduct, { readonly secret: string }>;

const withSecret = ({ state, revision, reply }: SecretOutcome) => ({
  ...toProductDocument(state, revision),
  productSecret: reply.secret,
});

function createReads({
  handlers,
  views,
}: ProductOperationsDeps): Pick<ProductOperations, 'get' | 'list' | 'multiClientIds'> {
  const load: ProductOperations['get'] = async (call, productKey) => {
    const { state, changedAt } = await handlers.loading.product(productKey);
    if (state.status === 'absent' || state.tenant !== call.tenant)
      throw new ProblemError('product-unknown');
    return toProductDocument(state, changedAt);
  };

  return {
    get: load,
    list: (call, { limit = DEFAULT_LIMIT, cursor = null }) =>
      views.products(call.tenant, { limit, cursor }),
    multiClientIds: async (call, productKey, { limit = DEFAULT_LIMIT, cursor = null }) => {
      await load(call, productKey);
      return views.multiClientIds(call.tenant, productKey, { limit, cursor });
    },
  };
}

/** What answers with the secret in the clear. */
function createSecretOperations({
  handlers: { products },
}: ProductOperationsDeps): Pick<ProductOperations, 'create' | 'resetSecret' | 'readSecret'> {
  return {
    create: (call, body) =>
      settle(call, (context) => products.create(exact(body), context), withSecret),
    resetSecret: (call, productKey, { productSecret: secret, overlapSeconds }) =>
      settle(
        call,
        (context) => products.resetSecret(productKey, exact({ secret, overlapSeconds }), context),
        withSecret,
      ),
    readSecret: (call, productKey) =>
      settle(
        call,
        (context) => products.readSecret(productKey, context),
        ({ reply }) => ({ secrets: reply.secrets.map((secret) => ({ ...secret })) }),
      ),
  };
}

export function createProductOperations(deps: ProductOperationsDeps): ProductOperations {
  const {
    handlers: { products },
    views,
  } = deps;
  return {
    ...createReads(deps),
    ...createSecretOperations(deps),
    patch: (call, productKey, body) =>
      settle(
        call,
        (context) => products.changePolicy(productKey, exact(body), context),
        ({ state, revision }) => toProductDocument(state, revision),
      ),
    remove: (call, productKey) =>
      settle(
        call,
        (context) =>
          products.remove(
            productKey,
            async (position) => {
              await views.reach(position);
              return (await views.countDevices(call.tenant, productKey)) > 0;
            },
            context,
          ),
        () => null,
      ),
  };
}
