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

/** PUBLISH (3.3): topic, packet id when QoS > 0, the rest is payload. null: malformed. */
export function parsePublish(bytes: Buffer, header: FixedHeader): PublishPacket | null {
  const bits = (header.first >> 1) & 3;
  if (bits === 3) return null; // [MQTT-3.3.1-4]
  if (bits === 0 && (header.first & 8) !== 0) return null; // [MQTT-3.3.1-2]
  if (header.bodyAt + 2 > header.end) return null;
  const topicAt = header.bodyAt + 2;
  const topicEnd = topicAt + bytes.readUInt16BE(header.bodyAt);
  const payloadAt = topicEnd + (bits === 0 ? 0 : 2);
  if (payloadAt > header.end) return null;
  const topic = readText(bytes, topicAt, topicEnd);
  const packetId = bits === 0 ? 0 : bytes.readUInt16BE(topicEnd);
  if (topic === null || !isTopicName(topic)) return null;
  if (bits !== 0 && packetId === 0) return null; // [MQTT-2.3.1-1]
  return {
    topic,
    payload: bytes.subarray(payloadAt, header.end),
    qos: bits === 2 ? 2 : bits === 1 ? 1 : 0,
    retain: (header.first & 1) !== 0,
    packetId,
  };
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
