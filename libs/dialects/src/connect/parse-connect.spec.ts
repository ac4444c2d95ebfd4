import { describe, expect, it } from 'vitest';
import { recordedConnects } from '../fixtures/connects.ts';
import type { ParsedConnect, WireConnect } from './claim.types.ts';
import { parseConnect } from './parse-connect.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const connect = (over: Partial<WireConnect>): ParsedConnect =>
  parseConnect({
    listener: 'mqtt',
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
      listener: recorded.listener,
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

describe('the order of readings', () => {
  it('on the common port Alibaba comes first, then EnOS', () => {
    const mode2 = connect({ clientId: 'c|securemode=2,signmethod=sha256,timestamp=1|' });
    expect(kindsOf(mode2)).toEqual(['alibaba signed', 'enos signed']);
    expect(kindsOf(connect({}))).toEqual(['alibaba signed', 'enos activation']);
  });

  it("on EnOS's port nothing else is read", () => {
    expect(kindsOf(connect({ listener: 'enosMqtt' }))).toEqual(['enos activation']);
  });

  it('a method that only EnOS knows is not read as Alibaba', () => {
    const md5 = connect({ clientId: 'c|securemode=2,signmethod=md5,timestamp=1|' });
    expect(kindsOf(md5)).toEqual(['enos signed']);
  });
});

describe('what is malformed', () => {
  it.each([
    ['no extension block', { clientId: 'sensor-1' }],
    ['an open extension block', { clientId: 'c|securemode=2' }],
    ['a prefix of 65 characters', { clientId: `${'c'.repeat(65)}|securemode=2|` }],
    ['an unknown method', { clientId: 'c|securemode=2,signmethod=hmacsha512|' }],
    ['an unknown authType', { clientId: 'c|securemode=2,authType=id2|' }],
    ['regnwl without random', { clientId: 'c|authType=regnwl,signmethod=hmacsha1|' }],
  ])('%s is a malformed ClientId', (_, over) => {
    expect(connect(over)).toMatchObject({ kind: 'malformed', reason: 'malformed-client-id' });
  });

  it.each([
    ['no username', { username: null }],
    ['a username without &', { username: 'admin' }],
    ['a product key with a slash', { username: 'dn&p/k' }],
    ['a channel of EnOS message integration', { username: '%channel%&pk' }],
    ['no password', { password: null }],
  ])('%s is malformed credentials', (_, over) => {
    expect(connect(over)).toMatchObject({ kind: 'malformed', reason: 'malformed-credentials' });
  });

  it.each([
    'prod_node_01_0_1_2026112012',
    'prod_node_01_0_scopeA_0_2026112012',
    'prod_node_01_0_scopeA',
  ])("Huawei's %s is told by its form and refused as malformed credentials", (clientId) => {
    expect(connect({ clientId, username: 'prod_node_01' })).toMatchObject({
      reason: 'malformed-credentials',
      dialect: 'huawei',
    });
  });
});
