import { describe, expect, it } from 'vitest';
import { generate } from 'mqtt-packet';
import { frame, readFixedHeader } from './fixed-header.codec.ts';
import { encodePublish, parsePublish } from './publish.codec.ts';
import { encodeConnack, encodePuback } from './replies.codec.ts';
import {
  encodeSuback,
  encodeUnsuback,
  parseSubscribe,
  parseUnsubscribe,
} from './subscribe.codec.ts';

function parsed<T>(
  parse: (bytes: Buffer, header: { first: number; bodyAt: number; end: number }) => T,
  bytes: Buffer,
): T {
  const header = readFixedHeader(bytes);
  if (typeof header === 'string') throw new Error(header);
  return parse(bytes, header);
}
const field = (text: string): Buffer =>
  Buffer.concat([Buffer.of(0, text.length), Buffer.from(text)]);
const id = Buffer.of(0, 7);

describe('the remaining length (2.2.3)', () => {
  it.each([0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])(
    'of %i is written and read',
    (length) => {
      const bytes = frame(0x30, [Buffer.alloc(length)]);
      const header = readFixedHeader(bytes);
      expect(header).toEqual({ first: 0x30, bodyAt: bytes.length - length, end: bytes.length });
    },
  );
});

describe('PUBLISH (3.3)', () => {
  it.each([0, 1] as const)(
    'at QoS %i is written as mqtt-packet writes it, and read back',
    (qos) => {
      const payload = Buffer.from('größe');
      const bytes = encodePublish({ topic: 'a/ü', payload, qos, packetId: 513, retain: true });
      const peer = { topic: 'a/ü', payload, qos, retain: true, dup: false, messageId: 513 };
      expect(bytes).toEqual(generate({ cmd: 'publish', ...peer }));
      const packetId = qos === 0 ? 0 : 513;
      expect(parsed(parsePublish, bytes)).toEqual({
        topic: 'a/ü',
        payload,
        qos,
        retain: true,
        packetId,
      });
    },
  );

  it.each<[string, Buffer]>([
    ['3.3.1-4 QoS 3', frame(0x36, [field('a'), id])],
    ['3.3.1-2 DUP with QoS 0', frame(0x38, [field('a')])],
    ['2.3.1-1 packet id 0', frame(0x32, [field('a'), Buffer.of(0, 0)])],
    ['3.3.2-2 a wildcard', frame(0x30, [field('a/+')])],
    ['4.7.3-1 an empty topic', frame(0x30, [field('')])],
    ['1.5.3-2 NUL in the topic', frame(0x30, [field('a\0')])],
    ['3.3.2 no packet id', frame(0x32, [field('a')])],
    ['3.3.2 a topic beyond the end', frame(0x30, [Buffer.of(0, 9, 0x61)])],
    ['3.3.2 an empty body', frame(0x30, [])],
  ])('[%s] is malformed', (_clause, bytes) => {
    expect(parsed(parsePublish, bytes)).toBeNull();
  });
});

describe('SUBSCRIBE and UNSUBSCRIBE (3.8, 3.10)', () => {
  const body = [id, field('a/+'), Buffer.of(2), field('#'), Buffer.of(0)];

  it('reads filters with their QoS', () => {
    const filters = [
      { filter: 'a/+', qos: 2 },
      { filter: '#', qos: 0 },
    ];
    expect(parsed(parseSubscribe, frame(0x82, body))).toEqual({ packetId: 7, filters });
    expect(parsed(parseUnsubscribe, frame(0xa2, [id, field('a/+'), field('#')]))).toEqual({
      packetId: 7,
      filters: ['a/+', '#'],
    });
  });

  it.each<[string, Buffer]>([
    ['3.8.1-1 other flags', frame(0x80, body)],
    ['2.3.1-1 packet id 0', frame(0x82, [Buffer.of(0, 0), field('a'), Buffer.of(0)])],
    ['3.8.3-3 no filter', frame(0x82, [id])],
    ['3.8.3-4 QoS 3', frame(0x82, [id, field('a'), Buffer.of(3)])],
    ['3.8.3-4 a reserved bit', frame(0x82, [id, field('a'), Buffer.of(4)])],
    ['4.7.1-2 a#', frame(0x82, [id, field('a#'), Buffer.of(0)])],
    ['4.7.1-2 # before the end', frame(0x82, [id, field('#/a'), Buffer.of(0)])],
    ['4.7.1-3 a+/b', frame(0x82, [id, field('a+/b'), Buffer.of(0)])],
    ['4.7.3-1 an empty filter', frame(0x82, [id, field(''), Buffer.of(0)])],
    ['3.8.3 no QoS byte', frame(0x82, [id, field('a')])],
    ['3.8.3 a filter beyond the end', frame(0x82, [id, Buffer.of(0, 9)])],
  ])('[%s] is malformed', (_clause, bytes) => {
    expect(parsed(parseSubscribe, bytes)).toBeNull();
  });

  it('[3.10.1-1] refuses an UNSUBSCRIBE with other flags', () => {
    expect(parsed(parseUnsubscribe, frame(0xa0, [id, field('a')]))).toBeNull();
  });
});

describe('the answers', () => {
  it('are written as mqtt-packet writes them', () => {
    const messageId = 40_001;
    expect(encodeConnack(0, true)).toEqual(
      generate({ cmd: 'connack', returnCode: 0, sessionPresent: true }),
    );
    expect(encodeConnack(4, false)).toEqual(
      generate({ cmd: 'connack', returnCode: 4, sessionPresent: false }),
    );
    expect(encodePuback(messageId)).toEqual(generate({ cmd: 'puback', messageId }));
    expect(encodeSuback(messageId, [1, 0x80])).toEqual(
      generate({ cmd: 'suback', messageId, granted: [1, 0x80] }),
    );
    expect(encodeUnsuback(messageId)).toEqual(
      generate({ cmd: 'unsuback', messageId, granted: [] }),
    );
  });
});
