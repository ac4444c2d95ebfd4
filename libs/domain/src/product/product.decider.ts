import { err, keysOf, ok, toRfc3339, type Result } from '@tallystick/kernel';
import type {
  PolicyChange,
  ProductCommand,
  ProductContext,
  ProductRefusal,
} from './product.command.types.ts';
import type { LiveProduct, ProductEvent, ProductState } from './product.types.ts';

type Decision = Result<readonly ProductEvent[], ProductRefusal>;
type Decide<T extends ProductCommand['type']> = (
  command: Extract<ProductCommand, { type: T }>,
  product: LiveProduct,
  context: ProductContext,
) => Decision;

const nothing: Decision = ok([]);

/** Only what differs from what is. */
function difference(product: LiveProduct, change: PolicyChange): PolicyChange {
  const changed = keysOf(change).filter(
    (key) => change[key] !== undefined && change[key] !== product[key],
  );
  return Object.fromEntries(changed.map((key) => [key, change[key]]));
}

const changePolicy: Decide<'ChangeProductPolicy'> = ({ change }, product, { now }) => {
  const { productKey } = product;
  const { dynamicActivation, ...rest } = difference(product, change);
  const events: ProductEvent[] = [];
  if (dynamicActivation !== undefined)
    events.push({
      type: dynamicActivation ? 'DynamicActivationEnabled' : 'DynamicActivationDisabled',
      time: now,
      data: { productKey },
    });
  if (Object.keys(rest).length > 0)
    events.push({ type: 'ProductPolicyChanged', time: now, data: { productKey, ...rest } });
  return ok(events);
};

const resetSecret: Decide<'ResetProductSecret'> = (command, product, { now }) => {
  const { secretId, overlapSeconds } = command;
  const secretVersion = (product.secrets[0]?.version ?? 0) + 1;
  const previousExpiresAt = overlapSeconds > 0 ? toRfc3339(now + overlapSeconds * 1000) : null;
  const data = { productKey: product.productKey, secretVersion, secretId, previousExpiresAt };
  return ok([{ type: 'ProductSecretReset', time: now, data }]);
};

const readSecret: Decide<'ReadProductSecret'> = (_, product, { now }) => {
  const held = product.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  const data = {
    productKey: product.productKey,
    secretVersions: held.map(({ version }) => version),
  };
  return ok([{ type: 'SecretRead', time: now, data }]);
};

const close =
  (closing: boolean) =>
  (_: ProductCommand, product: LiveProduct, { now }: ProductContext): Decision =>
    product.closing === closing
      ? nothing
      : ok([
          {
            type: 'ProductPolicyChanged',
            time: now,
            data: { productKey: product.productKey, closing },
          },
        ]);

type OnLiving = Exclude<ProductCommand['type'], 'CreateProduct'>;

const decides: { readonly [T in OnLiving]: Decide<T> } = {
  ChangeProductPolicy: changePolicy,
  ResetProductSecret: resetSecret,
  ReadProductSecret: readSecret,
  CloseProduct: close(true),
  ReopenProduct: close(false),
  DeleteProduct: (_, { closing, productKey }, { now }) =>
    closing
      ? ok([{ type: 'ProductDeleted', time: now, data: { productKey } }])
      : err({ code: 'product-not-empty' }),
};

function decideOne<T extends OnLiving>(
  type: T,
  command: Extract<ProductCommand, { type: T }>,
  product: LiveProduct,
  context: ProductContext,
): Decision {
  return decides[type](command, product, context);
}

/**
 * What a command makes of a product: events (none when it changes nothing), or the reason why not.
 */
export function decideProduct(
  command: ProductCommand,
  state: ProductState,
  context: ProductContext,
): Decision {
  if (command.type === 'CreateProduct') {
    if (state.status === 'live') return err({ code: 'product-key-taken' });
    const { tenant, productKey, policy, secretId } = command;
    const data = { tenant, productKey, ...policy, secretVersion: 1, secretId };
    return ok([{ type: 'ProductCreated', time: context.now, data }]);
  }
  if (state.status === 'absent') return err({ code: 'product-unknown' });
  return decideOne(command.type, command, state, context);
}
