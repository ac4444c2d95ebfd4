import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import type { ParsedConnect, RefusalReason } from '@tallystick/dialects';
import type { ViewLookup } from '../view/gateway-view.ts';
import type { Denial, Named } from './decision.types.ts';

/** The names of a CONNECT, with what the view has of them. */
export function namedBy(
  { productKey, deviceKey, clientId }: ParsedConnect,
  product: ProductCredential | null,
  device: DeviceCredential | null,
): Named {
  return {
    ...{ productKey, deviceKey, clientId },
    tenant: product?.tenant ?? null,
    // Without its product a device cannot be asked for.
    deviceId: product === null ? null : (device?.deviceId ?? null),
    knownUnit: device?.units.some((unit) => unit.clientId === clientId) ?? false,
  };
}

/** A denial that looks at no proof. It names the device all the same, so that `explain` shows it. */
export function denyUnproven(
  parsed: ParsedConnect,
  view: ViewLookup,
  reason: RefusalReason,
  rule: string,
): Denial {
  const { productKey, deviceKey } = parsed;
  const product = productKey === null ? null : view.product(productKey);
  const device =
    productKey === null || deviceKey === null ? null : view.device(productKey, deviceKey);
  const dialect = parsed.kind === 'malformed' ? parsed.dialect : null;
  const named = namedBy(parsed, product, device);
  return { decision: 'deny', ...named, reason, rule, dialect, secretVersion: null };
}
