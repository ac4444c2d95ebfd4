import { describe, expect, it } from 'vitest';
import { readFixedHeader } from './codec/fixed-header.codec.ts';
import { parsePublish } from './codec/publish.codec.ts';
import { ByteRoom } from './byte-room.ts';
import { Downlink } from './downlink.ts';
import { DEFAULT_MQTT_LIMITS } from './limits.ts';

function downlink(limits: Partial<typeof DEFAULT_MQTT_LIMITS> = {}) {
  const sent: string[] = [];
  const room = new ByteRoom(1_000);
  const link = new Downlink({ ...DEFAULT_MQTT_LIMITS, ...limits }, room, (bytes) => {
    const header = readFixedHeader(bytes);
    if (typeof header === 'string') throw new Error(header);
    const packet = parsePublish(bytes, header);
    if (packet === null) throw new Error('malformed');
    sent.push(`${String(packet.packetId)} ${packet.payload.toString()}`);
  });
  return { link, sent, room };
}
const message = (text: string, qos: 0 | 1 = 1) => ({ topic: 't', payload: Buffer.from(text), qos });

describe('the downlink of a connection', () => {
  it('queues behind what is in flight, and goes on with each acknowledgement', () => {
    const { link, sent } = downlink({ inflight: 2, queuedMessages: 1 });
    expect(['a', 'b', 'c', 'd'].map((text) => link.send(message(text)))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(link.send(message('zero', 0))).toBe(true);
    expect(sent).toEqual(['1 a', '2 b', '0 zero']);
    expect(link.acknowledged(9)).toBe(false);
    expect(link.acknowledged(2)).toBe(true);
    expect(sent.at(-1)).toBe('3 c');
  });

  it('queues no more bytes than its bound', () => {
    const { link } = downlink({ inflight: 1, queuedBytes: 10 });
    link.send(message('first'));
    expect(link.send(message('12345678'))).toBe(true);
    expect(link.send(message('123'))).toBe(false);
  });

  it('takes room from all for what waits, and gives it back', () => {
    const { link, room } = downlink({ inflight: 1 });
    link.send(message('first'));
    expect([400, 400, 400].map((size) => link.send(message('x'.repeat(size))))).toEqual([
      true,
      true,
      false,
    ]);
    link.acknowledged(1);
    expect(room.used).toBe(401);
    link.release();
    expect(room.used).toBe(0);
  });

  it('uses no packet id that is still on the wire', () => {
    const { link, sent } = downlink();
    link.send(message('a'));
    link.nextId = 65_535;
    link.send(message('b'));
    link.send(message('c'));
    expect(sent).toEqual(['1 a', '65535 b', '2 c']);
  });
});
