import { isOfType, parseJsonObject, textOf } from '../../http/body.codec.ts';
import type { DeviceRequest, WireRequest } from '../../http/device-request.types.ts';
import { readSigned } from './signed-request.ts';

const JSON_TYPE = 'application/json';
const HOUR_MS = 3_600_000;
const TERMS = { lifetimeMs: 48 * HOUR_MS, graceMs: 0 };

/**
 * `POST /auth`, JSON of `version`, `clientId`, `signmethod`, `sign`, `productKey`, `deviceName` and
 * `timestamp`; LinkSDK 4 sends neither version nor timestamp, and a query that nobody reads.
 */
export function readTokenAuth({ headers, body }: WireRequest): DeviceRequest {
  const route = 'alibaba-auth';
  if (typeof body === 'string') return { kind: 'faulty', route, fault: body };
  if (!isOfType(headers, JSON_TYPE)) return { kind: 'faulty', route, fault: 'media-type' };
  const said = parseJsonObject(body) ?? {};
  const text = (field: string): string | null => textOf(said[field]);
  const parsed = readSigned({
    productKey: text('productKey'),
    deviceName: text('deviceName'),
    clientId: text('clientId'),
    sign: text('sign'),
    signmethod: text('signmethod'),
    timestamp: text('timestamp'),
  });
  return { kind: 'login', route, terms: TERMS, fault: null, parsed };
}

export const toTokenReply = (token: string): string =>
  JSON.stringify({ code: 0, message: 'success', info: { token } });
