import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordedConnects } from '../fixtures/parse-connects.ts';
import type { ParsedConnect, WireConnect } from './claim.types.ts';
import { parseClaims } from './parse-claims.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const EXTENSION = '|securemode=2,signmethod=sha256,timestamp=1|';

const connect = (over: Partial<WireConnect>): ParsedConnect =>
  parseClaims({
    speaks: null,
    clientId: 'c|securemode=3,signmethod=hmacsha256,timestamp=1|',
    username: 'dn&pk',
    password: bytes('ab'),
    ...over,
  });

const kindsOf = (parsed: ParsedConnect): readonly string[] =>
  parsed.kind === 'claims' ? parsed.claims.map((claim) => `${claim.dialect} ${claim.kind}`) : [];

describe('a recorded CONNECT', () => {
  it.each(recordedConnects)('$name ($origin) is read as its SDK signed it', (recorded) => {
    const parsed = connect({
      speaks: recorded.listener === 'enosMqtt' ? 'enos' : null,
      clientId: recorded.clientId,
      username: recorded.username,
      password: bytes(recorded.password),
    });
    const [deviceKey, productKey] = recorded.username.split('&');
    expect(parsed).toMatchObject({ kind: 'claims', deviceKey, productKey });
    expect(parsed.kind === 'claims' && parsed.claims[0]).toMatchObject({
      kind: recorded.kind,
      dialect: recorded.dialect,
      presented: recorded.password.toLowerCase(),
      candidates: recorded.contents.map((content) => ({
        content,
        algorithm: recorded.algorithm,
        scheme: recorded.dialect === 'alibaba' ? 'hmac' : 'hash-suffix',
      })),
    });
  });

  it('A13 connwl: the password is the token, verbatim', () => {
    const parsed = connect({
      clientId: 'CID|authType=connwl,securemode=-2,_ss=1,ext=3,_v=sdk-c-4.2.0|',
      password: bytes('TOKEN'),
    });
    expect(parsed).toMatchObject({
      clientId: 'CID',
      claims: [{ kind: 'token', dialect: 'alibaba', token: 'TOKEN' }],
    });
  });

  it('the older form of connwl, without authType, is a token too', () => {
    expect(kindsOf(connect({ clientId: 'CID|securemode=-2|' }))).toEqual(['alibaba token']);
  });
});

describe('the names that pre-auth gives', () => {
  const guided = { username: 'dn&pk&2123', clientId: 'pk.dn' };
  it('are a login of Alibaba, with a ClientId that has no extension block', () => {
    expect(kindsOf(connect(guided))).toEqual(['alibaba signed']);
    expect(connect(guided)).toMatchObject({ deviceKey: 'dn', productKey: 'pk', clientId: 'pk.dn' });
  });

  it("are none on EnOS's port", () => {
    expect(connect({ ...guided, speaks: 'enos' })).toMatchObject({ kind: 'malformed' });
  });
});

describe('the order of readings', () => {
  it('on the common port Alibaba comes first, then EnOS', () => {
    const mode2 = connect({ clientId: 'c|securemode=2,signmethod=sha256,timestamp=1|' });
    expect(kindsOf(mode2)).toEqual(['alibaba signed', 'enos signed']);
    expect(kindsOf(connect({}))).toEqual(['alibaba signed', 'enos activation']);
  });

  it("on EnOS's port nothing else is read", () => {
    expect(kindsOf(connect({ speaks: 'enos' }))).toEqual(['enos activation']);
  });

  it('a method that only EnOS knows is not read as Alibaba', () => {
    const md5 = connect({ clientId: 'c|securemode=2,signmethod=md5,timestamp=1|' });
    expect(kindsOf(md5)).toEqual(['enos signed']);
  });
});

describe('the limits of a ClientId', () => {
  it.each([
    ['64 characters', 'c'.repeat(64), ['alibaba signed', 'enos signed']],
    ['letters beyond ASCII', 'Zähler-温度', ['alibaba signed', 'enos signed']],
    [
      '64 characters and braces, 128 in all',
      `${'c'.repeat(64)}{${'x'.repeat(62)}}`,
      ['enos signed'],
    ],
  ])('%s are within them', (_, prefix, kinds) => {
    const parsed = connect({ clientId: `${prefix}${EXTENSION}` });
    expect(parsed.clientId).toBe(prefix);
    expect(kindsOf(parsed)).toEqual(kinds);
  });

  it.each([
    ['clientId', '|securemode=2,signmethod=sha256,timestamp=1|'],
    ['clientId before the braces', '{ip=1}|securemode=2,signmethod=sha256,timestamp=1|'],
    ['securemode', 'c|signmethod=sha256,timestamp=1|'],
    ['signmethod', 'c|securemode=2,timestamp=1|'],
    ['timestamp', 'c|securemode=2,signmethod=sha256|'],
  ])('in EnOS, one without %s is malformed', (_, clientId) => {
    const parsed = connect({ speaks: 'enos', clientId });
    expect(parsed).toMatchObject({ reason: 'malformed-client-id' });
  });

  it('what is beyond them is not handed on, and the name of the username is', () => {
    const parsed = connect({ clientId: `{${'x'.repeat(3_700)}}${EXTENSION}` });
    expect(parsed).toMatchObject({ clientId: null, productKey: 'pk', deviceKey: 'dn' });
  });
});

describe('what is malformed', () => {
  it.each([
    ['no extension block', { clientId: 'sensor-1' }],
    ['an open extension block', { clientId: 'c|securemode=2' }],
    ['an unknown method', { clientId: 'c|securemode=2,signmethod=hmacsha512|' }],
    ['an unknown authType', { clientId: 'c|securemode=2,authType=id2|' }],
    ['regnwl without random', { clientId: 'c|authType=regnwl,signmethod=hmacsha1|' }],
    ['a method that every object has', { clientId: 'c|securemode=2,signmethod=__proto__|' }],
    [
      'register by a method that every object has',
      { clientId: 'c|authType=register,random=1,signmethod=constructor|' },
    ],
    ['a prefix of 65 characters', { clientId: `${'c'.repeat(65)}${EXTENSION}` }],
    ['braces behind 65 characters', { clientId: `${'c'.repeat(65)}{ip=1}${EXTENSION}` }],
    ['more than 128 with the braces', { clientId: `c{${'x'.repeat(126)}}${EXTENSION}` }],
    ['a prefix of 3,700 characters in braces', { clientId: `{${'x'.repeat(3_700)}}${EXTENSION}` }],
    [
      'a block of more than a kilobyte',
      { clientId: `c|x=${'x'.repeat(1_024)},${EXTENSION.slice(1)}` },
    ],
    ['a control character', { clientId: `c\u0001${EXTENSION}` }],
    ['a line end before the block', { clientId: `c\n${EXTENSION}` }],
    ['a line end behind a comma of the prefix', { clientId: `c{ip=1,\nv=2}${EXTENSION}` }],
    ['a line end within a key', { clientId: 'c|secure\nmode=2,signmethod=sha256,timestamp=1|' }],
    [
      'another control character before a key',
      { clientId: 'c|securemode=2,\u0001signmethod=sha256,timestamp=1|' },
    ],
    ['DEL', { clientId: `c\u007f${EXTENSION}` }],
    ['a control character of the second set', { clientId: `c\u0085${EXTENSION}` }],
    ['a line separator', { clientId: `c\u2028${EXTENSION}` }],
    [
      'a control character in the block',
      { clientId: `c|securemode=2,signmethod=sha256,timestamp=1\n|` },
    ],
  ])('%s is a malformed ClientId', (_, over) => {
    expect(connect(over)).toMatchObject({ kind: 'malformed', reason: 'malformed-client-id' });
  });

  it.each([
    ['no username', { username: null }],
    ['a username without &', { username: 'admin' }],
    ['a product key with a slash', { username: 'dn&p/k' }],
    ['a channel in a mode that is none', { username: '%channel%&pk' }],
    ["EnOS's virtual gateway for tests", { username: '%VIRT_GATEWAY%&pk' }],
    ['no password', { password: null }],
  ])('%s is malformed credentials', (_, over) => {
    expect(connect(over)).toMatchObject({ kind: 'malformed', reason: 'malformed-credentials' });
  });
});

describe("EnOS's message integration", () => {
  const clientId = '654321|securemode=4,signmethod=sha256,timestamp=1548753362502|';

  it('names a product and no device, and is a mode that is not offered', () => {
    const parsed = connect({ clientId, username: '%channel%&654321' });
    expect(parsed).toMatchObject({ productKey: '654321', deviceKey: null, deviceId: null });
    expect(kindsOf(parsed)).toEqual(['enos not-offered']);
  });

  it('is not offered to a device either', () => {
    expect(kindsOf(connect({ clientId, speaks: 'enos' }))).toEqual(['enos not-offered']);
  });
});

describe('any bytes', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom('c|securemode=2,signmethod=sha256,timestamp=1|', 'id_0_1_2026112012'),
    fc.stringMatching(/^[a-c_0-3]{0,9}_[0-3]_[0-3]_\d{10}$/),
    fc.stringMatching(/^[a-c{}|,=&]{0,40}\|$/),
  );
  const wires = fc.record({
    speaks: fc.constantFrom(null, 'alibaba', 'enos', 'huawei'),
    clientId: text,
    username: fc.option(fc.oneof(text, fc.constantFrom('dn&pk', '%channel%&pk', 'id'))),
    password: fc.option(fc.uint8Array({ maxLength: 80 })),
  });

  it('are read without an exception, and no claim is of a dialect that is not spoken there', () => {
    fc.assert(
      fc.property(wires, (wire) => {
        const parsed = parseClaims(wire);
        const dialects =
          parsed.kind === 'claims' ? parsed.claims.map(({ dialect }) => dialect) : [];
        expect(dialects.every((one) => wire.speaks === null || wire.speaks === one)).toBe(true);
      }),
    );
  });

  it('given names, a prefix and pairs in any order: what was written is what is read', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_]{1,20}$/);
    const written = fc.record({ prefix: word, productKey: word, deviceKey: word, timestamp: word });
    fc.assert(
      fc.property(written, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (said, order) => {
        const pairs = ['securemode=2', 'signmethod=sha1', `timestamp=${said.timestamp}`];
        const block = order.map((at) => pairs[at]).join(', ');
        const { deviceKey, productKey, prefix } = said;
        const username = `${deviceKey}&${productKey}`;
        const parsed = connect({ speaks: 'enos', clientId: `${prefix}|${block}|`, username });
        const content = `clientId${prefix}deviceKey${deviceKey}productKey${productKey}timestamp${said.timestamp}`;
        expect(parsed).toMatchObject({
          ...{ productKey, deviceKey, deviceId: null, clientId: prefix },
          claims: [{ kind: 'signed', candidates: [{ algorithm: 'sha1', content }] }],
        });
      }),
    );
  });
});
