import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import type { ParsedConnect } from '@tallystick/dialects';
import type { ViewLookup } from '../view/view-lookup.ts';

type SaidNames = Pick<ParsedConnect, 'productKey' | 'deviceKey' | 'deviceId'>;

/** Whom a CONNECT means, as far as the view knows. */
export interface Meant {
  /** Null: the CONNECT names a device alone, and the view has none that it could mean. */
  readonly productKey: string | null;
  readonly deviceKey: string | null;
  readonly product: ProductCredential | null;
  readonly device: DeviceCredential | null;
  /** More than one device has the name: it means none of them. */
  readonly several: readonly DeviceCredential[];
}

const NOBODY: Meant = {
  ...{ productKey: null, deviceKey: null, product: null, device: null },
  several: [],
};

/** Finds the device that a CONNECT means, by whichever of its names it says. */
export function meantBy(names: SaidNames, view: ViewLookup): Meant {
  const { productKey, deviceKey, deviceId } = names;
  if (productKey === null) return meantAlone(names, view);
  const product = view.product(productKey);
  if (deviceId === null) {
    const device = deviceKey === null ? null : view.device(productKey, deviceKey);
    return { ...NOBODY, productKey, deviceKey, product, device };
  }
  // One that names both calls itself by its id; what it says of the key is a guess from the id.
  const known = view.deviceById(deviceId);
  const device = known?.productKey === productKey ? known : null;
  return { ...NOBODY, productKey, product, device, deviceKey: device?.deviceKey ?? deviceKey };
}

/** Huawei: the device's id, or the node id where one device of its dialect has it. */
function meantAlone({ deviceId, deviceKey }: SaidNames, view: ViewLookup): Meant {
  if (deviceId !== null) return meantAs(view.deviceById(deviceId), view);
  const holders = view.devicesByNodeId(deviceKey ?? '');
  if (holders.kind === 'several') return { ...NOBODY, several: holders.devices };
  return meantAs(holders.kind === 'one' ? holders.device : null, view);
}

function meantAs(device: DeviceCredential | null, view: ViewLookup): Meant {
  if (device === null) return NOBODY;
  const { productKey, deviceKey } = device;
  return { ...NOBODY, productKey, deviceKey, product: view.product(productKey), device };
}
