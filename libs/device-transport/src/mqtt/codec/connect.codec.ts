import type { ClaimFault } from '@tallystick/ports';
import { readFixedHeader } from './fixed-header.codec.ts';
import { readNames, type ConnectNames } from './connect-names.ts';
import { FieldReader } from './text.codec.ts';
import { isTopicName } from './topics.ts';

export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

export interface ConnectPacket {
  readonly clientId: string;
  readonly username: string | null;
  readonly password: Uint8Array | null;
  readonly keepAliveSeconds: number;
  readonly cleanSession: boolean;
  readonly will: Will | null;
}

/** `close`: without a word, for what is not MQTT or breaks its framing. */
export type ConnectParse =
  | { readonly kind: 'more' }
  | { readonly kind: 'close' }
  | { readonly kind: 'refuse'; readonly fault: ClaimFault; readonly names: ConnectNames }
  | { readonly kind: 'connect'; readonly packet: ConnectPacket; readonly used: number };

const MORE: ConnectParse = { kind: 'more' };
const CLOSE: ConnectParse = { kind: 'close' };
/** MQTT 3.1.1. */
const SUPPORTED = 4;

const FLAG = { reserved: 1, clean: 2, will: 4, willRetain: 32, password: 64, username: 128 };

/**
 * The level; the protocol name decides between a refusal in words MQTT 3.1 understands and silence
 * (null) [MQTT-3.1.2-1, -2].
 */
function levelOf(fields: FieldReader): number | null {
  const name = fields.text();
  const level = fields.byte();
  return name === 'MQIsdp' || name === 'MQTT' ? level : null;
}

function flagsAreValid(flags: number): boolean {
  if ((flags & FLAG.reserved) !== 0) return false; // [MQTT-3.1.2-3]
  if (((flags >> 3) & 3) === 3) return false; // [MQTT-3.1.2-14]
  if ((flags & FLAG.will) === 0 && (flags & 0x38) !== 0) return false; // [MQTT-3.1.2-11, -13, -15]
  return (flags & FLAG.password) === 0 || (flags & FLAG.username) !== 0; // [MQTT-3.1.2-22]
}

/** Copied out: a will outlives the read buffer. undefined: malformed. */
function willOf(fields: FieldReader, flags: number): Will | null | undefined {
  if ((flags & FLAG.will) === 0) return null;
  const topic = fields.text();
  const payload = fields.binary();
  if (topic === null || payload === null) return undefined;
  const bits = (flags >> 3) & 3;
  const qos = bits === 2 ? 2 : bits === 1 ? 1 : 0;
  return { topic, payload: Buffer.from(payload), qos, retain: (flags & FLAG.willRetain) !== 0 };
}

/** undefined: malformed; null: not given. */
function credentialsOf(
  fields: FieldReader,
  flags: number,
): { username: string | null; password: Uint8Array | null } | undefined {
  const username = (flags & FLAG.username) === 0 ? null : fields.text();
  if (username === null && (flags & FLAG.username) !== 0) return undefined;
  const password = (flags & FLAG.password) === 0 ? null : fields.binary();
  if (password === null && (flags & FLAG.password) !== 0) return undefined;
  return { username, password };
}

/** Judges a CONNECT that could be read to its end. */
function judged(packet: ConnectPacket, used: number): ConnectParse {
  const { clientId, username, cleanSession, will } = packet;
  const names = { clientId, username };
  if (clientId === '' && !cleanSession) return { kind: 'refuse', fault: 'client-id', names }; // [MQTT-3.1.3-8]
  // A will whose topic cannot be published is refused with an answer, like one for a foreign topic.
  if (will !== null && !isTopicName(will.topic))
    return { kind: 'refuse', fault: 'will-topic', names };
  return { kind: 'connect', packet, used };
}

function parseBody(fields: FieldReader): ConnectParse {
  const level = levelOf(fields);
  if (level === null) return CLOSE;
  if (level !== SUPPORTED)
    return { kind: 'refuse', fault: 'protocol-version', names: readNames(fields, level) };
  const flags = fields.byte();
  const keepAliveSeconds = fields.uint16();
  if (flags === null || keepAliveSeconds === null || !flagsAreValid(flags)) return CLOSE;
  const clientId = fields.text();
  if (clientId === null) return CLOSE;
  const will = willOf(fields, flags);
  if (will === undefined) return CLOSE;
  const credentials = credentialsOf(fields, flags);
  if (credentials === undefined || !fields.atEnd) return CLOSE;
  const cleanSession = (flags & FLAG.clean) !== 0;
  const packet = { clientId, keepAliveSeconds, cleanSession, will, ...credentials };
  return judged(packet, fields.end);
}

/**
 * CONNECT (MQTT 3.1.1, 3.1): `0x10`, remaining length, protocol name, level, flags, keep-alive,
 * then client id, will topic and message, username and password as the flags say. A declared length
 * above `maxBytes` is judged before the body comes.
 */
export function parseConnectPacket(bytes: Buffer, maxBytes: number): ConnectParse {
  if (bytes.length === 0) return MORE;
  if (bytes[0] !== 0x10) return CLOSE; // [MQTT-3.1.0-1] [MQTT-2.2.2-2]
  const header = readFixedHeader(bytes);
  if (header === 'more') return MORE;
  if (header === 'malformed' || header.end - header.bodyAt > maxBytes) return CLOSE;
  if (bytes.length < header.end) return MORE;
  return parseBody(new FieldReader(bytes, header.bodyAt, header.end));
}
