import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { encodeRecord, patchRecordEncoder, type RecordParts } from './record-patch.ts';

const require = createRequire(import.meta.url);
const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
/** As kafkajs has it, before it is patched here. */
const original = require(RECORD) as (record: RecordParts) => { readonly buffer: Buffer };

const records: readonly (readonly [string, RecordParts])[] = [
  [
    'a key, a value and headers',
    { key: 'k', value: Buffer.from('v'), headers: { a: '1', b: '2' } },
  ],
  ['no key', { key: null, value: 'v' }],
  ['a tombstone', { key: Buffer.from('k'), value: null, headers: {} }],
  ['empty fields', { key: '', value: Buffer.alloc(0), headers: { a: '' } }],
  ['more than one byte of length', { key: 'k'.repeat(64), value: 'v'.repeat(9_000) }],
  ['text beyond ASCII', { key: 'ü€😀', value: '…', headers: { ü: 'ß' } }],
  ['a header of several values and of bytes', { value: 'v', headers: { a: ['1', Buffer.of(7)] } }],
  ['an offset and a time', { value: 'v', offsetDelta: 4_999, timestampDelta: 86_400_000 }],
  ['a time far away, and one before', { value: 'v', timestampDelta: 2 ** 40, offsetDelta: 0 }],
  ['a time before the first', { value: 'v', timestampDelta: -5 }],
];

describe("a record's bytes", () => {
  it.each(records)('with %s are those of kafkajs', (_, record) => {
    expect(encodeRecord(record).buffer.toString('hex')).toBe(
      original(record).buffer.toString('hex'),
    );
  });

  it('are ours once kafkajs is patched', () => {
    patchRecordEncoder();
    expect(require(RECORD)).toBe(encodeRecord);
  });
});
