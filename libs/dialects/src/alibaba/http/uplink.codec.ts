import { decodePercent } from '../../http/body.codec.ts';
import type { DeviceRequest, WireRequest } from '../../http/device-request.types.ts';

const PREFIX = '/topic';

/**
 * `POST /topic/…` with the token in the header `password`. What follows `/topic` is MQTT's topic;
 * some write it with a slash of its own.
 */
export function readTopicUplink({ path, headers, body }: WireRequest): DeviceRequest {
  const route = 'alibaba-topic';
  if (typeof body === 'string') return { kind: 'faulty', route, fault: body };
  const topic = decodePercent(path.slice(PREFIX.length).replace(/^\/\//, '/'));
  if (topic === null) return { kind: 'faulty', route, fault: 'malformed' };
  const token = headers.get('password') ?? null;
  return { kind: 'uplink', route, token, topic, payload: body, id: null };
}

/** SDKs read `messageId` as a number; it names the message and is never asked for again. */
export const toTopicReply = (messageId: number): string =>
  JSON.stringify({ code: 0, message: 'success', info: { messageId } });
