import type { Claim } from '../../connect/claim.types.ts';
import { isOfType, parseJsonObject, textOf } from '../../http/body.codec.ts';
import { claimedBy, malformedClaim } from '../../http/claimed.ts';
import type { DeviceRequest, WireRequest } from '../../http/device-request.types.ts';

const LIFETIME_SECONDS = 86_400;
const TERMS = { lifetimeMs: LIFETIME_SECONDS * 1000, graceMs: 30_000 };
const DEVICE_ID = /^[A-Za-z0-9_-]{1,256}$/;
const HOUR = /^\d{10}$/;
const PASSWORD = /^[0-9a-f]{64}$/i;

/**
 * `POST /v5/device-auth`, JSON of `device_id`, `sign_type` (1: the hour is compared with ours),
 * `timestamp` (`YYYYMMDDHH`, UTC) and `password`: hex of HMAC-SHA256(key = timestamp, message = the
 * device's secret), as in a CONNECT.
 */
export function readDeviceAuth({ headers, body }: WireRequest): DeviceRequest {
  const route = 'huawei-auth';
  if (typeof body === 'string') return { kind: 'faulty', route, fault: body };
  if (!isOfType(headers, 'application/json')) return { kind: 'faulty', route, fault: 'media-type' };
  const said = parseJsonObject(body) ?? {};
  const named = textOf(said['device_id']) ?? '';
  const deviceId = DEVICE_ID.test(named) ? named : null;
  const claim = claimOf(said);
  const parsed =
    deviceId === null || claim === null
      ? malformedClaim('huawei', { deviceId })
      : claimedBy({ productKey: null, deviceKey: null, deviceId }, deviceId, claim);
  return { kind: 'login', route, terms: TERMS, fault: null, parsed };
}

function claimOf(said: Readonly<Record<string, unknown>>): Claim | null {
  const signType = textOf(said['sign_type']);
  const hour = textOf(said['timestamp']) ?? '';
  const password = textOf(said['password']) ?? '';
  if (signType !== '0' && signType !== '1') return null;
  if (!HOUR.test(hour) || !PASSWORD.test(password)) return null;
  return {
    ...{ kind: 'signed', dialect: 'huawei', presented: password.toLowerCase() },
    candidates: [{ algorithm: 'sha256', scheme: 'keyed-by-content', content: hour }],
    checks: signType === '1' ? { hour } : null,
  };
}

export const toAccessTokenReply = (token: string): string =>
  JSON.stringify({ access_token: token, expires_in: LIFETIME_SECONDS - 1 });
