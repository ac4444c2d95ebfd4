import { isAllocatedDeviceId, type InvalidField } from '../names/names.ts';
import type { Dialect } from './dialects.ts';

/** What is given for a device, each absent where the platform makes it. */
export interface GivenForDevice {
  readonly productKey: string;
  readonly deviceKey?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly deviceSecret?: string | undefined;
}

/** What a dialect's wire takes of a name or a secret, where that is less than the platform does. */
interface Rule {
  readonly field: 'deviceKey' | 'deviceId' | 'deviceSecret';
  readonly pattern: RegExp;
  readonly expected: string;
}

interface DialectNames {
  readonly rules: readonly Rule[];
  /** Whether a device whose id is not given has `<productKey>_<deviceKey>`. */
  readonly derivesDeviceId: boolean;
  /** How an allocated secret is spelled: 22 letters and digits, or 32 hex digits. */
  readonly secretForm: SecretForm;
}

export type SecretForm = 'token' | 'hex';

const ANY: DialectNames = { rules: [], derivesDeviceId: false, secretForm: 'token' };

const NAMES: Readonly<Record<Dialect, DialectNames>> = {
  auto: ANY,
  enos: ANY,
  alibaba: ANY,
  // node_id, device_id and secret of the vendor's create call. A secret in hex is a DTLS key too.
  huawei: {
    rules: [
      {
        field: 'deviceKey',
        pattern: /^[A-Za-z0-9_-]{1,64}$/,
        expected: '1 to 64 of A-Z a-z 0-9 _ -',
      },
      {
        field: 'deviceId',
        pattern: /^[A-Za-z0-9_-]{1,128}$/,
        expected: '1 to 128 of A-Z a-z 0-9 _ -',
      },
      {
        field: 'deviceSecret',
        pattern: /^[\x20-\x7e]{8,32}$/,
        expected: '8 to 32 printable ASCII characters',
      },
    ],
    derivesDeviceId: true,
    secretForm: 'hex',
  },
};

/** How the platform spells a secret that it allocates in a product of that dialect. */
export function secretFormOf(dialect: Dialect): SecretForm {
  return NAMES[dialect].secretForm;
}

/** The id of a device whose id is not given; null: one is allocated. */
export function derivedDeviceId(
  dialect: Dialect,
  productKey: string,
  deviceKey: string,
): string | null {
  return NAMES[dialect].derivesDeviceId ? `${productKey}_${deviceKey}` : null;
}

/** The first given value that the dialect of the product does not take. */
export function findUnfit(dialect: Dialect, given: GivenForDevice): InvalidField | null {
  const unfit = NAMES[dialect].rules.find(({ field, pattern }) => {
    const value = given[field];
    return value !== undefined && !pattern.test(value);
  });
  const refused = (path: string, message: string): InvalidField => ({
    ...{ code: 'invalid-field', path, message },
  });
  if (unfit !== undefined)
    return refused(unfit.field, `must be ${unfit.expected} in a product of dialect ${dialect}`);
  const { productKey, deviceKey, deviceId } = given;
  if (deviceKey === undefined || deviceId !== undefined) return null;
  const derived = derivedDeviceId(dialect, productKey, deviceKey);
  return derived !== null && isAllocatedDeviceId(derived)
    ? refused('deviceKey', 'must not make a device id in the form of an allocated one')
    : null;
}
