import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import type { ParsedConnect, RefusalReason } from '@tallystick/dialects';
import type { ViewLookup } from '../view/view-lookup.ts';
import type { Denial, Named } from './decision.types.ts';
import { meantBy } from './meant.ts';

type Names = Pick<Named, 'productKey' | 'deviceKey' | 'clientId'>;

/** The names of a CONNECT, with what the view has of them. */
export function namedBy(
  { productKey, deviceKey, clientId }: Names,
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

/** A denial that checks no proof. It still names the device, so that `explain` shows it. */
export function denyUnproven(
  parsed: ParsedConnect,
  view: ViewLookup,
  reason: RefusalReason,
  rule: string,
): Denial {
  const { product, device, ...meant } = meantBy(parsed, view);
  const productKey = meant.productKey ?? parsed.productKey;
  const deviceKey = meant.deviceKey ?? parsed.deviceKey;
  const dialect = parsed.kind === 'malformed' ? parsed.dialect : null;
  const named = namedBy({ productKey, deviceKey, clientId: parsed.clientId }, product, device);
  return { decision: 'deny', ...named, reason, rule, dialect, secretVersion: null };
}
