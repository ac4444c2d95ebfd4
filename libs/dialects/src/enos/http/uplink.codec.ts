import { decodePercent, parseForm, parseJsonObject, textOf } from '../../http/body.codec.ts';
import type { DeviceRequest, WireRequest } from '../../http/device-request.types.ts';

const PREFIX = '/topic';
const MAX_ID = 128;

/** Alibaba's uplink has the same path and never a query. */
export const isEnosUplink = ({ path, query }: Pick<WireRequest, 'path' | 'query'>): boolean =>
  path.startsWith(`${PREFIX}/`) && /(?:^|&)sessionId(?:=|&|$)/.test(query);

/**
 * `POST /topic{MQTT's topic}?sessionId=…`, JSON as over MQTT, or any bytes on the topics of raw
 * data. The reply repeats the `id`.
 */
export function readEnosUplink({ path, query, body }: WireRequest): DeviceRequest {
  const route = 'enos-topic';
  if (typeof body === 'string') return { kind: 'faulty', route, fault: body };
  const topic = decodePercent(path.slice(PREFIX.length));
  const fields = parseForm(query);
  if (topic === null || fields === null) return { kind: 'faulty', route, fault: 'malformed' };
  const token = fields.get('sessionId') ?? '';
  const id = textOf(parseJsonObject(body)?.['id']);
  return {
    ...{ kind: 'uplink', route, topic, payload: body },
    token: token === '' ? null : token,
    id: id !== null && id.length <= MAX_ID ? id : null,
  };
}

export const toEnosUplinkReply = (id: string | null): string =>
  JSON.stringify({ ...(id === null ? {} : { id }), code: 200, data: '', message: 'success' });
