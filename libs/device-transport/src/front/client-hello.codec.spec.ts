import { describe, expect, it } from 'vitest';
import { readClientHello } from './client-hello.codec.ts';

const PSK = 0x008c;
const RENEGOTIATION_SCSV = 0x00ff;
const FALLBACK_SCSV = 0x5600;

function helloMessage(suites: readonly number[], sessionId = Buffer.alloc(32, 7)): Buffer {
  const list = Buffer.alloc(2 + suites.length * 2);
  list.writeUInt16BE(suites.length * 2);
  suites.forEach((suite, i) => list.writeUInt16BE(suite, 2 + i * 2));
  const session = Buffer.concat([Buffer.of(sessionId.length), sessionId]);
  const body = Buffer.concat([Buffer.of(3, 3), Buffer.alloc(32, 9), session, list]);
  // One compression method and no extension.
  const whole = Buffer.concat([body, Buffer.of(1, 0, 0, 0)]);
  return Buffer.concat([Buffer.of(1, 0, whole.length >> 8, whole.length & 255), whole]);
}

function inRecords(message: Buffer, fragment: number): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += fragment) {
    const part = message.subarray(at, at + fragment);
    records.push(Buffer.of(0x16, 3, 1, part.length >> 8, part.length & 255), part);
  }
  return Buffer.concat(records);
}

const hello = (...suites: number[]): Buffer => inRecords(helloMessage(suites), 16_384);

/** Written after what Link SDK 4 offers (not recorded): TLS 1.2, suite 008c, the signal 00ff. */
const LINK_SDK = Buffer.from(
  '1603010031' +
    '0100002d' +
    '0303' +
    '5a'.repeat(32) +
    '00' +
    '0004' +
    '008c00ff' +
    '0100' +
    '0000',
  'hex',
);

describe('a ClientHello', () => {
  it.each([
    ['the suite of Link SDK 4 alone', [PSK], true],
    ['that suite and both signals', [PSK, RENEGOTIATION_SCSV, FALLBACK_SCSV], true],
    ['that suite beside one of TLS 1.2', [PSK, 0xc02f], false],
    ['that suite behind one of TLS 1.3', [0x1301, PSK], false],
    ['that suite and another one with a pre-shared key', [PSK, 0x00a8], false],
    ['suites with certificates', [0x1301, 0xc02b, 0xc02f], false],
    ['signals alone', [RENEGOTIATION_SCSV], false],
  ])('that offers %s: is it for the server with pre-shared keys? %s', (_what, suites, onlyPsk) => {
    expect(readClientHello(hello(...suites))).toEqual({ onlyPsk });
  });

  it('of Link SDK 4 is for the server with pre-shared keys', () => {
    expect(readClientHello(LINK_SDK)).toEqual({ onlyPsk: true });
  });

  it.each([1, 2, 5, 37, 38, 39, 70, 71])(
    'in records of %i bytes is read as in one (RFC 8446 5.1)',
    (fragment) => {
      const bytes = inRecords(helloMessage([PSK, RENEGOTIATION_SCSV]), fragment);
      expect(readClientHello(bytes)).toEqual({ onlyPsk: true });
    },
  );

  it('is asked for more at each byte, until its suites are there', () => {
    const bytes = hello(0x1301, 0xc02b);
    const enough = 5 + 4 + 2 + 32 + 33 + 2 + 4;
    for (let length = 0; length < enough; length += 1)
      expect(readClientHello(bytes.subarray(0, length))).toBe('more');
    expect(readClientHello(bytes.subarray(0, enough))).toEqual({ onlyPsk: false });
  });

  it('is read however much comes behind it', () => {
    // Early data of TLS 1.3 comes with it.
    for (const behind of [hello(0x1301), Buffer.from('1703030001ff', 'hex'), Buffer.of(0)]) {
      const bytes = Buffer.concat([hello(PSK), behind]);
      expect(readClientHello(bytes)).toEqual({ onlyPsk: true });
    }
  });

  it.each([
    ['another message', Buffer.concat([Buffer.of(0x16, 3, 1, 0, 4), Buffer.of(2, 0, 0, 0)])],
    ['another record behind a fragment', Buffer.from('16030100020100' + '1703010001ff', 'hex')],
    ['a record of no version', Buffer.of(0x16, 2, 0, 0, 40)],
    ['an empty fragment', Buffer.of(0x16, 3, 1, 0, 0)],
    ['a fragment over 16 KiB', Buffer.of(0x16, 3, 1, 0x40, 1)],
    ['a session id of 33 bytes', inRecords(helloMessage([PSK], Buffer.alloc(33)), 500)],
    ['no suite', hello()],
    ['a length that ends before its suites', Buffer.from('160301000401000022', 'hex')],
    ['a length of nothing', Buffer.from('160301000401000000', 'hex')],
  ])('is malformed with %s', (_what, bytes) => {
    expect(readClientHello(bytes)).toBe('malformed');
  });

  it('is malformed with suites beyond its own length', () => {
    const bytes = hello(PSK, PSK);
    bytes.writeUInt16BE(200, 5 + 4 + 2 + 32 + 33);
    expect(readClientHello(bytes)).toBe('malformed');
  });

  it('is malformed with half a suite', () => {
    const bytes = hello(PSK, PSK);
    bytes.writeUInt16BE(3, 5 + 4 + 2 + 32 + 33);
    expect(readClientHello(bytes)).toBe('malformed');
  });
});
