/** What a ClientId of Huawei says behind the username. */
export type HuaweiClientId =
  | {
      readonly form: 'login';
      /** 0: the username is a device id; 2: a node id; 3: a bridge. There is no other. */
      readonly type: '0' | '2' | '3';
      readonly check: Check;
      readonly hour: string;
    }
  | {
      readonly form: 'bootstrap';
      /** Of a group of devices: a product key. */
      readonly scopeId: string;
      readonly check: Check;
      readonly hour: string;
    }
  | { readonly form: 'certificate'; readonly scopeId: string }
  | { readonly form: 'misshapen' };

/**
 * 0: the hour is a key and nothing else; 1: it is compared with the clock; 2: the same, and the
 * proof is HMAC-SM3.
 */
export type Check = '0' | '1' | '2';

const LOGIN = /^_(\d)_(\d)_(\d{10})$/;
const BOOTSTRAP = /^_0_([A-Za-z0-9_]{1,32})_([0-2])_(\d{10})$/;
const CERTIFICATE = /^_0_([A-Za-z0-9_]{1,32})$/;

const isType = (digit: string): digit is '0' | '2' | '3' => /^[023]$/.test(digit);
const isCheck = (digit: string): digit is Check => /^[012]$/.test(digit);

/**
 * `{username}_{type}_{check}_{YYYYMMDDHH}`, or of a bootstrap `{username}_0_{scopeId}_{check}_{…}`
 * and `{username}_0_{scopeId}`. An id may hold `_`, so the username is taken off the front and the
 * ClientId is never split. Null: it is none of Huawei's.
 */
export function parseHuaweiClientId(clientId: string, username: string): HuaweiClientId | null {
  if (username === '' || !clientId.startsWith(`${username}_`)) return null;
  const rest = clientId.slice(username.length);
  return loginOf(rest) ?? bootstrapOf(rest) ?? certificateOf(rest);
}

function loginOf(rest: string): HuaweiClientId | null {
  const [whole, type = '', check = '', hour = ''] = LOGIN.exec(rest) ?? [];
  if (whole === undefined) return null;
  return isType(type) && isCheck(check)
    ? { form: 'login', type, check, hour }
    : { form: 'misshapen' };
}

function bootstrapOf(rest: string): HuaweiClientId | null {
  const [, scopeId, check = '', hour = ''] = BOOTSTRAP.exec(rest) ?? [];
  if (scopeId === undefined || !isCheck(check)) return null;
  return { form: 'bootstrap', scopeId, check, hour };
}

function certificateOf(rest: string): HuaweiClientId | null {
  const [, scopeId] = CERTIFICATE.exec(rest) ?? [];
  return scopeId === undefined ? null : { form: 'certificate', scopeId };
}
