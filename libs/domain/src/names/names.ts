import { err, ok, type Brand, type Result } from '@tallystick/kernel';
import type { Dialect } from '../product/dialects.ts';

export type Tenant = Brand<string, 'Tenant'>;
export type ProductKey = Brand<string, 'ProductKey'>;
export type DeviceKey = Brand<string, 'DeviceKey'>;
export type DeviceId = Brand<string, 'DeviceId'>;
export type ClientId = Brand<string, 'ClientId'>;
/** A secret in the clear: never logged, never in an event. */
export type Secret = Brand<string, 'Secret'>;

/** Why a value is not what it should be; the message never repeats the value. */
export interface InvalidName {
  readonly code: 'invalid-field';
  readonly message: string;
}

/** The characters that the public HTTP API allows. */
const PATTERNS = {
  tenant: /^[a-z0-9-]{1,32}$/,
  productKey: /^[A-Za-z0-9_]{1,32}$/,
  deviceKey: /^[A-Za-z0-9._:@-]{1,128}$/,
  deviceId: /^[A-Za-z0-9_-]{1,256}$/,
  clientId: /^[\x21-\x7e]{1,64}$/,
  secret: /^[\x20-\x7e]{6,64}$/,
} as const;

const ALLOCATED_DEVICE_ID = /^dv_[0-9a-hjkmnp-tv-z]{26}$/;

function parser<T extends string>(pattern: RegExp, expected: string) {
  const fits = (value: unknown): value is T => typeof value === 'string' && pattern.test(value);
  return (value: unknown): Result<T, InvalidName> =>
    fits(value) ? ok(value) : err({ code: 'invalid-field', message: `must be ${expected}` });
}

export const parseTenant = parser<Tenant>(PATTERNS.tenant, '1 to 32 of a-z 0-9 -');
export const parseProductKey = parser<ProductKey>(PATTERNS.productKey, '1 to 32 of A-Z a-z 0-9 _');
export const parseDeviceKey = parser<DeviceKey>(
  PATTERNS.deviceKey,
  '1 to 128 of A-Z a-z 0-9 . _ : @ -',
);
export const parseClientId = parser<ClientId>(
  PATTERNS.clientId,
  '1 to 64 printable ASCII characters without blanks',
);
export const parseSecret = parser<Secret>(PATTERNS.secret, '6 to 64 printable ASCII characters');

const parseAnyDeviceId = parser<DeviceId>(PATTERNS.deviceId, '1 to 256 of A-Z a-z 0-9 _ -');

/** True of ids that the platform allocates: they are not reserved, so nobody may give one. */
export function isAllocatedDeviceId(value: string): boolean {
  return ALLOCATED_DEVICE_ID.test(value);
}

/** A device id given by an operator. One in the allocated form is refused. */
export function parseDeviceId(value: unknown): Result<DeviceId, InvalidName> {
  const parsed = parseAnyDeviceId(value);
  return parsed.ok && isAllocatedDeviceId(parsed.value)
    ? err({ code: 'invalid-field', message: 'must not have the form of an allocated device id' })
    : parsed;
}

export interface InvalidField extends InvalidName {
  readonly path: string;
}

type Check = readonly [
  path: string,
  parse: (value: unknown) => Result<unknown, InvalidName>,
  value: unknown,
];

/** The first value that is there and not of its form. */
export function firstInvalid(checks: readonly Check[]): InvalidField | null {
  for (const [path, parse, value] of checks) {
    const parsed = value === undefined ? null : parse(value);
    if (parsed?.ok === false) return { ...parsed.error, path };
  }
  return null;
}

/** What is given for a device, each absent where the platform makes it. */
export interface GivenForDevice {
  readonly productKey: string;
  readonly deviceKey?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly deviceSecret?: string | undefined;
}

/** How an allocated secret is spelled: 22 letters and digits, or 32 hex digits. */
export type SecretForm = 'token' | 'hex';

type Parse = Check[1];

/** What the wire of a dialect asks of names and secrets, where that is less than the API takes. */
interface DialectNames {
  readonly deviceKey: Parse;
  readonly deviceId: Parse;
  readonly deviceSecret: Parse;
  readonly secretForm: SecretForm;
  /** Whether a device whose id is not given has `<productKey>_<deviceKey>`. */
  readonly derivesDeviceId: boolean;
}

const ANY: DialectNames = {
  ...{ deviceKey: ok, deviceId: ok, deviceSecret: ok },
  ...{ secretForm: 'token', derivesDeviceId: false },
};

const NAMES: Readonly<Record<Dialect, DialectNames>> = {
  auto: ANY,
  enos: ANY,
  alibaba: ANY,
  // node_id, device_id and secret of the vendor's create call. A secret in hex is a DTLS key too.
  huawei: {
    deviceKey: parser(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ -'),
    deviceId: parser(/^[A-Za-z0-9_-]{1,128}$/, '1 to 128 of A-Z a-z 0-9 _ -'),
    deviceSecret: parser(/^[\x20-\x7e]{8,32}$/, '8 to 32 printable ASCII characters'),
    ...{ secretForm: 'hex', derivesDeviceId: true },
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

function parseForDerived(dialect: Dialect, productKey: string) {
  return (key: unknown): Result<unknown, InvalidName> => {
    const derived = derivedDeviceId(dialect, productKey, String(key));
    const message = 'must not make a device id in the form of an allocated one';
    return derived !== null && isAllocatedDeviceId(derived)
      ? err({ code: 'invalid-field', message })
      : ok(key);
  };
}

/** The first given value that a product of that dialect does not take. */
export function findUnfit(dialect: Dialect, given: GivenForDevice): InvalidField | null {
  const { productKey, deviceKey, deviceId, deviceSecret } = given;
  const rules = NAMES[dialect];
  const ofDialect = firstInvalid([
    ['deviceKey', rules.deviceKey, deviceKey],
    ['deviceId', rules.deviceId, deviceId],
    ['deviceSecret', rules.deviceSecret, deviceSecret],
  ]);
  if (ofDialect !== null)
    return { ...ofDialect, message: `${ofDialect.message} in a product of dialect ${dialect}` };
  const keyForId = deviceId === undefined ? deviceKey : undefined;
  return firstInvalid([['deviceKey', parseForDerived(dialect, productKey), keyForId]]);
}
