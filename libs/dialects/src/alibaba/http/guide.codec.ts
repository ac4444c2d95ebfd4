import { isOfType, parseFormBody } from '../../http/body.codec.ts';
import type { DeviceRequest, WireRequest } from '../../http/device-request.types.ts';
import { toIotId } from '../iot-id.codec.ts';
import { FORM } from './registration.codec.ts';
import { readSigned } from './signed-request.ts';

const BOOTSTRAP = '/auth/bootstrap';
const ROUTE = 'alibaba-guide';

/**
 * Pre-auth of iotkit: a form signed as `/auth` is, answered with the names for CONNECT and the
 * address of MQTT.
 * - `/auth/devicename`: iotkit up to 3.0, always signed.
 * - `/auth/bootstrap`: since iotkit 3.1, and LinkSDK 4; without a sign it asks for the address
 *   alone, and so does `GET /auth/bootstrap/regionId/…`.
 */
export function readGuide({ method, path, headers, body }: WireRequest): DeviceRequest {
  const route = ROUTE;
  if (typeof body === 'string') return { kind: 'faulty', route, fault: body };
  const bootstrap = path.startsWith(BOOTSTRAP);
  if (bootstrap && method === 'GET') return { kind: 'guide', route, login: null };
  if (!isOfType(headers, FORM)) return { kind: 'faulty', route, fault: 'media-type' };
  const form = parseFormBody(body);
  if (bootstrap && form !== null && !form.has('sign')) return { kind: 'guide', route, login: null };
  return signed(form ?? new Map<string, string>());
}

function signed(form: ReadonlyMap<string, string>): DeviceRequest {
  const field = (name: string): string | null => form.get(name) ?? null;
  const fields = {
    productKey: field('productKey'),
    deviceName: field('deviceName'),
    clientId: field('clientId'),
    sign: field('sign'),
    signmethod: field('signmethod'),
    timestamp: field('timestamp'),
  };
  const iotId = toIotId(fields);
  const parsed = readSigned(iotId === null ? { ...fields, sign: null } : fields);
  const login = { parsed, fault: null, iotId: iotId ?? '', iotToken: fields.sign ?? '' };
  return { kind: 'guide', route: ROUTE, login };
}

/** iotkit reads at most 300 bytes, by hand, and takes the numbers without quotes. */
export function toGuideReply(
  mqtt: { readonly host: string; readonly port: number },
  login: { readonly iotId: string; readonly iotToken: string } | null,
): string {
  const names = login === null ? {} : { iotId: login.iotId, iotToken: login.iotToken };
  return JSON.stringify({
    code: 200,
    data: { ...names, resources: { mqtt: { host: mqtt.host, port: mqtt.port } } },
    message: 'success',
  });
}
