import { isOfType, parseJsonObject } from '../../http/body.codec.ts';
import type { DeviceRequest, WireRequest } from '../../http/device-request.types.ts';

/** `/v5/devices/{id}/sys/messages/up` and `…/properties/report`. */
const PATH = /^\/v5\/devices\/([^/]+)\/sys\/(messages\/up|properties\/report)$/;

const JSON_TYPE = 'application/json';

export const isHuaweiUplink = (path: string): boolean => PATH.test(path);

/**
 * The token is in the header `access_token`. A message is whatever the device says; a report
 * lists `services`. The topic is MQTT's: `$oc/devices/{id}/sys/…`.
 */
export function readHuaweiUplink({ path, headers, body }: WireRequest): DeviceRequest {
  const route = 'huawei-up';
  if (typeof body === 'string') return { kind: 'faulty', route, fault: body };
  const [, deviceId = '', what = ''] = PATH.exec(path) ?? [];
  if (what === 'properties/report') {
    if (!isOfType(headers, JSON_TYPE)) return { kind: 'faulty', route, fault: 'media-type' };
    if (!isReport(body)) return { kind: 'faulty', route, fault: 'malformed' };
  }
  const token = headers.get('access_token') ?? null;
  const topic = `$oc/devices/${deviceId}/sys/${what}`;
  return { kind: 'uplink', route, token, topic, payload: body, id: null };
}

function isReport(body: Uint8Array): boolean {
  const services = parseJsonObject(body)?.['services'];
  return Array.isArray(services) && services.length > 0;
}
