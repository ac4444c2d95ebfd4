import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { crc32c } from './crc32c.ts';
import { createProduceRequest, patchProduce, PRODUCE_MODULE } from './kafkajs-patch.ts';
import { encodeProduce, type ProduceParts, type RecordParts } from './produce.codec.ts';

const NOW = Date.UTC(2026, 10, 27, 9, 30);
const require = createRequire(import.meta.url);

/** As kafkajs has it, before it is patched here. */
const original = require(PRODUCE_MODULE) as (parts: ProduceParts) => {
  encode(): Promise<{ readonly buffer: Buffer }>;
};

const records: readonly (readonly [string, RecordParts])[] = [
  [
    'a key, a value and headers',
    { key: 'k', value: Buffer.from('v'), headers: { a: '1', b: '2' } },
  ],
  ['no key', { key: null, value: 'v' }],
  ['a tombstone', { key: Buffer.from('k'), value: null, headers: {} }],
  ['empty fields', { key: '', value: Buffer.alloc(0), headers: { a: '' } }],
  ['more than one byte of length', { key: 'k'.repeat(64), value: 'v'.repeat(9_000) }],
  ['more than the first buffer holds', { key: 'k', value: Buffer.alloc(300_000, 7) }],
  ['text beyond ASCII', { key: 'ü€😀', value: 'a…', headers: { ü: 'abß' } }],
  ['a header of several values and of bytes', { value: 'v', headers: { a: ['1', Buffer.of(7)] } }],
  ['a time of its own', { value: 'v', timestamp: String(NOW - 86_400_000) }],
];

const sent = (over: Partial<ProduceParts>): ProduceParts => ({
  ...{ transactionalId: null, acks: -1, timeout: 30_000, topicData: [] },
  ...over,
});

const one = (messages: readonly RecordParts[]): ProduceParts =>
  sent({ topicData: [{ topic: 't', partitions: [{ partition: 3, firstSequence: 9, messages }] }] });

const bytesOf = (parts: ProduceParts): string => encodeProduce(parts, NOW).toString('hex');

async function kafkajsBytesOf(parts: ProduceParts): Promise<string> {
  return (await original(parts).encode()).buffer.toString('hex');
}

beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe("a Produce request's bytes", () => {
  it.each(records)('with %s are those of kafkajs', async (_, record) => {
    expect(bytesOf(one([record]))).toBe(await kafkajsBytesOf(one([record])));
  });

  it('with many records, topics and partitions in a transaction are those of kafkajs', async () => {
    const messages = Array.from({ length: 500 }, (_, n) => ({
      ...{ key: `default/pk/${n}`, value: Buffer.from(JSON.stringify({ n })) },
      headers: { ce_id: String(n), 'content-type': 'application/json' },
    }));
    const partitions = [0, 7, 11].map((partition) => ({ partition, firstSequence: 1, messages }));
    const parts = sent({
      ...{ transactionalId: 'relay-bulk', producerId: 4_001, producerEpoch: 12 },
      topicData: ['identity.events.v1', 'identity.state.v1'].map((topic) => ({
        topic,
        partitions,
      })),
    });
    expect(bytesOf(parts)).toBe(await kafkajsBytesOf(parts));
  });

  it("with a time before the others' are those of kafkajs", async () => {
    const times = [NOW, NOW - 5, NOW + 2 ** 40].map(String);
    const parts = one(times.map((timestamp) => ({ value: 'v', timestamp })));
    expect(bytesOf(parts)).toBe(await kafkajsBytesOf(parts));
  });

  it('are kept when the next request is written', () => {
    const first = encodeProduce(one([{ value: 'first' }]), NOW);
    const copy = first.toString('hex');
    encodeProduce(one([{ value: 'second' }]), NOW);
    expect(first.toString('hex')).toBe(copy);
  });
});

describe('CRC-32C', () => {
  const bytes = (length: number, of: (at: number) => number): Uint8Array =>
    Uint8Array.from({ length }, (_, at) => of(at));

  it.each([
    ['32 zeroes', bytes(32, () => 0), 0x8a9136aa],
    ['32 ones', bytes(32, () => 0xff), 0x62a8ab43],
    ['rising bytes', bytes(32, (at) => at), 0x46dd794e],
    ['falling bytes', bytes(32, (at) => 31 - at), 0x113fdb5c],
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
  ])('of %s is that of RFC 3720, B.4', (_, data, crc) => {
    expect(crc32c(data, 0, data.length)).toBe(crc);
  });

  it('counts from its start to before its end', () => {
    const data = new TextEncoder().encode('xx123456789y');
    expect(crc32c(data, 2, 11)).toBe(0xe3069283);
  });
});

describe('kafkajs, once it is patched', () => {
  it('sends these bytes, under whatever version the broker asks for', async () => {
    patchProduce();
    expect(require(PRODUCE_MODULE)).toBe(createProduceRequest);
    const newest =
      require('kafkajs/src/protocol/requests/produce/v7/request.js') as typeof original;
    const parts = one([{ key: 'k', value: 'v' }]);
    const request = newest(parts);
    expect(request).toMatchObject({ apiKey: 0, apiVersion: 7 });
    expect((await request.encode()).buffer.toString('hex')).toBe(bytesOf(parts));
  });

  it('refuses to compress rather than send what is not', () => {
    expect(() => createProduceRequest({ ...sent({}), compression: 1 })).toThrow('not compressed');
  });
});
