import { frame, type FixedHeader } from './fixed-header.codec.ts';
import { FieldReader } from './text.codec.ts';
import { isTopicFilter } from './topics.ts';

export interface RequestedFilter {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
}

export interface SubscribePacket {
  readonly packetId: number;
  readonly filters: readonly RequestedFilter[];
}

export const SUBSCRIPTION_FAILED = 0x80;

function begin(
  bytes: Buffer,
  header: FixedHeader,
): { fields: FieldReader; packetId: number } | null {
  if ((header.first & 15) !== 2) return null; // [MQTT-3.8.1-1] [MQTT-3.10.1-1]
  const fields = new FieldReader(bytes, header.bodyAt, header.end);
  const packetId = fields.uint16();
  if (packetId === null || packetId === 0 || fields.atEnd) return null; // [MQTT-2.3.1-1] [MQTT-3.8.3-3]
  return { fields, packetId };
}

/** SUBSCRIBE (3.8): packet id, then filter and QoS byte, once or more. null: malformed. */
export function parseSubscribe(bytes: Buffer, header: FixedHeader): SubscribePacket | null {
  const begun = begin(bytes, header);
  if (begun === null) return null;
  const filters: RequestedFilter[] = [];
  while (!begun.fields.atEnd) {
    const filter = begun.fields.text();
    const qos = begun.fields.byte();
    if (filter === null || !isTopicFilter(filter)) return null;
    if (qos !== 0 && qos !== 1 && qos !== 2) return null; // [MQTT-3.8.3-4]
    filters.push({ filter, qos });
  }
  return { packetId: begun.packetId, filters };
}

/** UNSUBSCRIBE (3.10): packet id, then filters. null: malformed. */
export function parseUnsubscribe(
  bytes: Buffer,
  header: FixedHeader,
): { readonly packetId: number; readonly filters: readonly string[] } | null {
  const begun = begin(bytes, header);
  if (begun === null) return null;
  const filters: string[] = [];
  while (!begun.fields.atEnd) {
    const filter = begun.fields.text();
    if (filter === null || !isTopicFilter(filter)) return null;
    filters.push(filter);
  }
  return { packetId: begun.packetId, filters };
}

export function encodeSuback(packetId: number, granted: readonly number[]): Buffer {
  return frame(0x90, [Uint8Array.of(packetId >> 8, packetId & 255), Uint8Array.from(granted)]);
}

export function encodeUnsuback(packetId: number): Buffer {
  return Buffer.of(0xb0, 2, packetId >> 8, packetId & 255);
}
