import { frame, type FixedHeader } from './fixed-header.codec.ts';
import { readText } from './text.codec.ts';
import { isTopicName } from './topics.ts';

export interface PublishPacket {
  readonly topic: string;
  /** A view of the read buffer. */
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** 0 for QoS 0. */
  readonly packetId: number;
}

const QOS = [0, 1, 2] as const;

/** null: QoS 3 [MQTT-3.3.1-4], or marked as sent again where nothing is [MQTT-3.3.1-2]. */
function qosOf(flags: number): 0 | 1 | 2 | null {
  const qos = QOS[(flags >> 1) & 3] ?? null;
  return qos === 0 && (flags & 8) !== 0 ? null : qos;
}

/** PUBLISH (3.3): topic, packet id when QoS > 0, the rest is payload. null: malformed. */
export function parsePublish(bytes: Buffer, header: FixedHeader): PublishPacket | null {
  const { first, bodyAt, end } = header;
  const qos = qosOf(first);
  if (qos === null || bodyAt + 2 > end) return null;
  const topicEnd = bodyAt + 2 + bytes.readUInt16BE(bodyAt);
  const payloadAt = topicEnd + (qos === 0 ? 0 : 2);
  if (payloadAt > end) return null;
  const topic = readText(bytes, bodyAt + 2, topicEnd);
  if (topic === null || !isTopicName(topic)) return null;
  const packetId = qos === 0 ? 0 : bytes.readUInt16BE(topicEnd);
  if (qos !== 0 && packetId === 0) return null; // [MQTT-2.3.1-1]
  const payload = bytes.subarray(payloadAt, end);
  return { topic, payload, qos, retain: (first & 1) !== 0, packetId };
}

export interface PublishToSend {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly packetId: number;
  readonly dup?: boolean;
  readonly retain?: boolean;
}

export function encodePublish(packet: PublishToSend): Buffer {
  const topic = Buffer.from(packet.topic, 'utf8');
  const head = Buffer.allocUnsafe(2 + topic.length + (packet.qos === 0 ? 0 : 2));
  head.writeUInt16BE(topic.length, 0);
  topic.copy(head, 2);
  if (packet.qos !== 0) head.writeUInt16BE(packet.packetId, 2 + topic.length);
  const flags = (packet.dup ? 8 : 0) | (packet.qos << 1) | (packet.retain ? 1 : 0);
  return frame(0x30 | flags, [head, packet.payload]);
}
