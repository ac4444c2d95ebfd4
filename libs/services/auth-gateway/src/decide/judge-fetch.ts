import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import type { RefusalReason } from '@tallystick/dialects';
import type { ViewLookup } from '../view/view-lookup.ts';

/** What a session that only fetches was granted, and at which position of the store. */
export interface FetchBasis {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  /** Of the secret that the device has yet to take for its own; null: it has had it. */
  readonly secretVersion: number | null;
  readonly position: number;
}

/**
 * Whether a session that fetches its secret might still fetch it: null, or why not. Rows of before
 * the grant say nothing: the registry, which granted it, knew more. `passed`: the position that
 * both lanes have passed.
 */
export function judgeFetch(
  basis: FetchBasis,
  view: Pick<ViewLookup, 'product' | 'device'>,
  passed: number,
): RefusalReason | null {
  const product = view.product(basis.productKey);
  if (product === null) return 'unknown-product';
  const closed = product.position > basis.position ? closedTo(product) : null;
  if (closed !== null) return closed;
  const device = view.device(basis.productKey, basis.deviceKey);
  if (device === null) return passed < basis.position ? null : 'unknown-device';
  return device.position < basis.position ? null : judgeDevice(device, basis);
}

function closedTo(product: ProductCredential): RefusalReason | null {
  if (product.certificateRequired) return 'certificate-required';
  return product.dynamicActivation ? null : 'dynamic-activation-off';
}

function judgeDevice(device: DeviceCredential, basis: FetchBasis): RefusalReason | null {
  if (device.generation !== basis.generation) return 'unknown-device';
  if (device.disabled) return 'device-disabled';
  if (device.active && !device.dynamicOpen) return 'already-activated';
  // It would take for its own what opens nothing any more: it is to ask anew.
  const { secretVersion } = basis;
  const stands = device.secrets.some(({ version }) => version === secretVersion);
  return secretVersion === null || stands ? null : 'bad-secret';
}
