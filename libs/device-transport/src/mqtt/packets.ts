import type { FixedHeader } from './codec/fixed-header.codec.ts';
import { parsePublish } from './codec/publish.codec.ts';
import { PINGRESP } from './codec/replies.codec.ts';
import { parseSubscribe, parseUnsubscribe } from './codec/subscribe.codec.ts';
import type { MqttSession } from './mqtt-session.ts';

/** `violation`: the connection is closed [MQTT-4.8.0-1]. */
type Verdict = 'taken' | 'violation';

function publish<I>(session: MqttSession<I>, bytes: Buffer, header: FixedHeader): Verdict {
  const packet = parsePublish(bytes, header);
  if (packet === null) return 'violation';
  session.publish(packet, bytes.subarray(0, header.end));
  return 'taken';
}

function subscribe<I>(session: MqttSession<I>, bytes: Buffer, header: FixedHeader): Verdict {
  const packet = parseSubscribe(bytes, header);
  if (packet === null) return 'violation';
  session.subscriptions.subscribe(packet);
  return 'taken';
}

function unsubscribe<I>(session: MqttSession<I>, bytes: Buffer, header: FixedHeader): Verdict {
  const packet = parseUnsubscribe(bytes, header);
  if (packet === null) return 'violation';
  session.subscriptions.unsubscribe(packet);
  return 'taken';
}

/**
 * PUBACK, PUBREC, PUBREL, PUBCOMP: two bytes of packet id. Only PUBREL has a flag [MQTT-3.6.1-1].
 */
function acknowledge<I>(session: MqttSession<I>, bytes: Buffer, header: FixedHeader): Verdict {
  const type = header.first >> 4;
  if ((header.first & 15) !== (type === 6 ? 2 : 0)) return 'violation';
  if (header.end - header.bodyAt !== 2) return 'violation';
  const packetId = bytes.readUInt16BE(header.bodyAt);
  if (packetId === 0) return 'violation';
  if (type === 4 && session.acknowledged(packetId)) return 'taken';
  if (type === 6) session.releasedInbound(packetId);
  // What belongs to no exchange that was begun is ignored; only a QoS 2 handshake must be answered
  // in any case.
  const client = type === 5 || type === 6 ? session.adopt() : session.adopted;
  client?.take(bytes.subarray(0, header.end));
  return 'taken';
}

function bare<I>(session: MqttSession<I>, header: FixedHeader): Verdict {
  if (header.end !== header.bodyAt || (header.first & 15) !== 0) return 'violation';
  if (header.first === 0xc0) session.write(PINGRESP);
  else session.disconnected();
  return 'taken';
}

/** A whole packet of a live session. */
export function takePacket<I>(
  session: MqttSession<I>,
  bytes: Buffer,
  header: FixedHeader,
): Verdict {
  switch (header.first >> 4) {
    case 3:
      return publish(session, bytes, header);
    case 4:
    case 5:
    case 6:
    case 7:
      return acknowledge(session, bytes, header);
    case 8:
      return subscribe(session, bytes, header);
    case 10:
      return unsubscribe(session, bytes, header);
    case 12:
    case 14:
      return bare(session, header);
    default:
      // A second CONNECT [MQTT-3.1.0-2], what only a server sends, and the reserved types 0 and 15.
      return 'violation';
  }
}
