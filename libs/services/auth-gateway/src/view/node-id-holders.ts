import type { DeviceCredential } from '@tallystick/contracts';
import type { NodeIdHolders, ViewLookup } from './view-lookup.ts';

/** Devices of an ambiguous name that `explain` tells of. */
const MOST_NAMED = 8;
/** A name that more products have than this counts as ambiguous: a look has to end. */
const MOST_LOOKED_AT = 1_000;

/** Which device one means who says the node id alone: products of dialect huawei count. */
export function holdersOf(
  view: Pick<ViewLookup, 'product' | 'device'>,
  nodeId: string,
  products: Iterable<string>,
): NodeIdHolders {
  const devices: DeviceCredential[] = [];
  let looks = 0;
  for (const productKey of products) {
    looks += 1;
    if (looks > MOST_LOOKED_AT) return { kind: 'several', devices };
    if (view.product(productKey)?.dialect !== 'huawei') continue;
    const device = view.device(productKey, nodeId);
    if (device !== null) devices.push(device);
    if (devices.length >= MOST_NAMED) break;
  }
  const [device, second] = devices;
  if (device === undefined) return { kind: 'none' };
  return second === undefined ? { kind: 'one', device } : { kind: 'several', devices };
}
