import {
  deviceRecordKey,
  PRODUCT_GENERATION,
  productRecordKey,
  type DeviceCredential,
  type ProductCredential,
} from '@tallystick/contracts';
import type { SealedSecrets } from './proof.ts';

export function secretsOfDevice(device: DeviceCredential): SealedSecrets {
  const { tenant, productKey, deviceKey, generation, keyEpoch, secrets } = device;
  const recordKey = deviceRecordKey(tenant, productKey, deviceKey);
  return { recordKey, generation, keyEpoch, secrets };
}

export function secretsOfProduct(product: ProductCredential): SealedSecrets {
  const { tenant, productKey, keyEpoch, secrets } = product;
  const recordKey = productRecordKey(tenant, productKey);
  return { recordKey, generation: PRODUCT_GENERATION, keyEpoch, secrets };
}
