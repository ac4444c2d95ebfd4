import { describe, expect, it } from 'vitest';
import { parseConnectPacket } from './connect.codec.ts';
import { frame } from './fixed-header.codec.ts';

const CAP = 4096;
const field = (bytes: string | Uint8Array): Buffer => {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.of(body.length >> 8, body.length & 255), body]);
};
const MQTT = field('MQTT');

interface Parts {
  readonly first?: number;
  readonly protocol?: Uint8Array;
  readonly level?: number;
  readonly flags?: number;
  readonly fields?: readonly Uint8Array[];
}
const packet = ({
  first = 0x10,
  protocol = MQTT,
  level = 4,
  flags = 2,
  fields = [field('c')],
}: Parts) => frame(first, [protocol, Buffer.of(level, flags, 0, 60), ...fields]);
const outcome = (bytes: Buffer): string => {
  const parsed = parseConnectPacket(bytes, CAP);
  return parsed.kind === 'refuse' ? `refuse ${parsed.fault}` : parsed.kind;
};
const credentials = [field('c'), field('u'), field('p')];
const will = [field('c'), field('w/t'), field('gone')];
const idOf = (...bytes: number[]) => packet({ fields: [field(Uint8Array.from(bytes))] });

describe('a CONNECT that is refused before any decision names its device all the same', () => {
  const named = { clientId: 'c', username: 'dn&pk' };
  const user = [field('dn&pk'), field('p')];
  const properties = Buffer.of(5, 0x11, 0, 0, 0, 10);
  it.each<[string, Buffer, object]>([
    [
      'MQTT 3.1, with a will',
      packet({
        ...{ protocol: field('MQIsdp'), level: 3, flags: 0xc6 },
        fields: [...will, ...user],
      }),
      named,
    ],
    [
      'MQTT 5, with properties and a will',
      packet({
        ...{ level: 5, flags: 0xc6 },
        fields: [properties, field('c'), properties, field('w/t'), field('gone'), ...user],
      }),
      named,
    ],
    [
      'a level that nobody has, as a bridge',
      packet({ level: 0x84, flags: 0xc2, fields: [field('c'), ...user] }),
      named,
    ],
    [
      'an empty id in a kept session',
      packet({ flags: 0xc0, fields: [field(''), ...user] }),
      { ...named, clientId: '' },
    ],
    ['MQTT 5, torn', packet({ level: 5, fields: [properties.subarray(0, 3)] }), { clientId: null }],
    ['no username', packet({ level: 3 }), { clientId: 'c', username: null }],
  ])('%s', (_, bytes, names) => {
    expect(parseConnectPacket(bytes, CAP)).toMatchObject({ kind: 'refuse', names });
  });
});

describe('CONNECT at its boundaries', () => {
  it.each<[string, string, Buffer]>([
    ['3.1 the smallest one with an id', 'connect', packet({})],
    ['3.1.3-6 an empty id in a clean session', 'connect', packet({ fields: [field('')] })],
    [
      '3.1.3-8 an empty id in a kept session',
      'refuse client-id',
      packet({ flags: 0, fields: [field('')] }),
    ],
    ['3.1.3-5 an id longer than 23 bytes', 'connect', packet({ fields: [field('x'.repeat(200))] })],
    ['3.1.2-1 another protocol name', 'close', packet({ protocol: field('HTTP') })],
    ['3.1.2-1 the name in lower case', 'close', packet({ protocol: field('mqtt') })],
    [
      '3.1.2-2 MQTT 3.1 (MQIsdp, level 3)',
      'refuse protocol-version',
      packet({ protocol: field('MQIsdp'), level: 3 }),
    ],
    ['3.1.2-2 level 3 under the new name', 'refuse protocol-version', packet({ level: 3 })],
    ['3.1.2-2 level 5', 'refuse protocol-version', packet({ level: 5 })],
    ['3.1.2-2 level 9', 'refuse protocol-version', packet({ level: 9 })],
    ['3.1.2-2 level 0x84, a bridge', 'refuse protocol-version', packet({ level: 0x84 })],
    ['3.1.2-3 the reserved flag', 'close', packet({ flags: 3 })],
    ['3.1.2-11 will QoS without a will', 'close', packet({ flags: 0x0a })],
    ['3.1.2-15 will retain without a will', 'close', packet({ flags: 0x22 })],
    ['3.1.2-14 will QoS 3', 'close', packet({ flags: 0x1e, fields: will })],
    ['3.1.2-9 a will with its fields', 'connect', packet({ flags: 0x0e, fields: will })],
    ['3.1.2-9 a will without its message', 'close', packet({ flags: 6, fields: will.slice(0, 2) })],
    [
      '4.7.3-1 an empty will topic',
      'refuse will-topic',
      packet({ flags: 6, fields: [field('c'), field(''), field('x')] }),
    ],
    [
      '3.3.2-2 a wildcard in the will topic',
      'refuse will-topic',
      packet({ flags: 6, fields: [field('c'), field('a/#'), field('x')] }),
    ],
    [
      '3.1.2-22 a password without a username',
      'close',
      packet({ flags: 0x42, fields: [field('c'), field('p')] }),
    ],
    ['3.1.2-19 username and password', 'connect', packet({ flags: 0xc2, fields: credentials })],
    ['3.1.2-19 a username flag without a username', 'close', packet({ flags: 0x82 })],
    [
      '3.1.2-21 a password flag without a password',
      'close',
      packet({ flags: 0xc2, fields: credentials.slice(0, 2) }),
    ],
    ['1.5.3-2 NUL in the id', 'close', idOf(0x61, 0, 0x62)],
    ['1.5.3-1 a surrogate in the id', 'close', idOf(0xed, 0xa0, 0x80)],
    ['1.5.3-1 bytes that are no UTF-8 in the id', 'close', idOf(0xc3, 0x28)],
    ['1.5.3-1 an overlong slash in the id', 'close', idOf(0xc0, 0xaf)],
    ['1.5.3-3 a byte order mark in the id', 'connect', idOf(0xef, 0xbb, 0xbf, 0x61)],
    [
      '1.5.3-1 NUL in the username',
      'close',
      packet({ flags: 0x82, fields: [field('c'), field('u\0')] }),
    ],
    ['3.1.3 bytes after the payload', 'close', packet({ fields: [field('c'), Buffer.of(0)] })],
    ['3.1.3 a field longer than the packet', 'close', packet({ fields: [Buffer.of(0, 9, 0x63)] })],
    ['3.1 no payload at all', 'close', packet({ fields: [] })],
    [
      '3.1 a body that ends in the middle of the header',
      'close',
      frame(0x10, [MQTT, Buffer.of(4)]),
    ],
    ['3.1.0-1 another packet first', 'close', Buffer.of(0xc0, 0)],
    ['2.2.2-2 flags in the fixed header', 'close', packet({ first: 0x11 })],
    ['2.2.3 a remaining length of five bytes', 'close', Buffer.of(0x10, 255, 255, 255, 255, 1)],
    ['2.2.3 256 MiB declared', 'close', Buffer.of(0x10, 255, 255, 255, 127)],
    ['2.2.3 one byte above the cap', 'close', Buffer.of(0x10, 0x81, 0x20)],
    ['2.2.3 a length of which one byte is missing', 'more', Buffer.of(0x10, 0x80)],
    ['3.1 a packet of which one byte is missing', 'more', packet({}).subarray(0, -1)],
  ])('[%s] → %s', (_clause, expected, bytes) => {
    expect(outcome(bytes)).toBe(expected);
  });

  it('reads every field, and leaves what follows the packet', () => {
    const bytes = packet({
      flags: 0xec,
      fields: [field('id'), field('w/t'), field('gone'), field('u'), field('p')],
    });
    const parsed = parseConnectPacket(Buffer.concat([bytes, Buffer.of(0xc0, 0)]), CAP);
    expect(parsed).toEqual({
      kind: 'connect',
      used: bytes.length,
      packet: {
        clientId: 'id',
        keepAliveSeconds: 60,
        cleanSession: false,
        will: { topic: 'w/t', payload: Buffer.from('gone'), qos: 1, retain: true },
        username: 'u',
        password: Buffer.from('p'),
      },
    });
  });

  it('keeps two ids apart that a lenient decoder would make one', () => {
    const mark = parseConnectPacket(idOf(0xef, 0xbb, 0xbf, 0x61), CAP);
    expect(mark.kind === 'connect' && mark.packet.clientId).toBe('\uFEFFa');
  });

  it('waits for each byte of a CONNECT that comes one at a time', () => {
    const bytes = packet({ flags: 0xc2, fields: credentials });
    for (let n = 0; n < bytes.length; n += 1) {
      expect(outcome(bytes.subarray(0, n)), `after ${String(n)} bytes`).toBe('more');
    }
    expect(outcome(bytes)).toBe('connect');
  });
});
