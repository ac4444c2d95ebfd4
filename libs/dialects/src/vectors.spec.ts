import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePskIdentity } from './alibaba/psk-identity.codec.ts';
import type { Claim } from './connect/claim.types.ts';
import { parseClaims } from './connect/parse-claims.ts';

/**
 * The vectors of the vendors' SDKs (A: Alibaba, E: EnOS, H: Huawei) that are no CONNECT with an
 * ordinary proof. Those stand as recorded CONNECTs in `fixtures/`. Where no codec of ours makes the
 * content yet, the row holds the content that the SDK signs: what is tested is the formula.
 */
type Vector = readonly [id: string, origin: string, of: string, computed: string, expected: string];

type Algorithm = 'md5' | 'sha1' | 'sha256';

const hmac = (algorithm: Algorithm, key: string, message: string): string =>
  createHmac(algorithm, key).update(message).digest('hex');
const hash = (algorithm: Algorithm, text: string): string =>
  createHash(algorithm).update(text).digest('hex');

const psk = parsePskIdentity('devicename|hmacsha256|pk&dn|2524608000000');

const claimOf = (clientId: string, username: string, password: string): Claim | undefined => {
  const wire = { speaks: null, clientId, username, password: new TextEncoder().encode(password) };
  const parsed = parseClaims(wire);
  return parsed.kind === 'claims' ? parsed.claims[0] : undefined;
};
const connwl = claimOf(
  'CID|authType=connwl,securemode=-2,_ss=1,ext=3,_v=sdk-c-4.2.0|',
  'dn&pk',
  'TOKEN',
);
const channel = claimOf(
  '654321|securemode=4,signmethod=sha256,timestamp=1548753362502|',
  '%channel%&654321',
  'ab',
);

/** Alibaba's CoAP: bytes 8 to 23 of a hash are the key of AES-128-CBC. */
const coapKey = createHash('sha256').update('secret,abcdefghijklmnop').digest().subarray(8, 24);
const sealed = (text: string): string => {
  const cipher = createCipheriv('aes-128-cbc', coapKey, '543yhjy97ae7fyfg');
  return cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
};
/** EnOS's DTLS: bytes 9 to 24, counted from 1, of a hash of the secret. */
const enosPsk = createHash('sha256').update('abcdefg').digest().subarray(8, 24);

const VECTORS: readonly Vector[] = [
  [
    'A6',
    'LinkSDK 4 handshake',
    'TLS-PSK key',
    hmac('sha256', 'secret', psk?.candidate.content ?? '').toUpperCase(),
    '7360FE36DB1840175D6CFF11118ADAF4ECF07CBE3D7D01FBE53DC0DC84FE27C3',
  ],
  [
    'A8',
    'Node SDK run',
    'sub-device in topo/add and combine/login',
    hmac('sha1', 'ssec', 'clientIdspk&sub1deviceNamesub1productKeyspktimestamp1795176551814'),
    '7811e5714662912659918f8166bb8e31cf415b14',
  ],
  [
    'A9',
    'LinkSDK run',
    'sub-device in topo/add and batch_login',
    hmac('sha256', 'ssec', 'clientIdspk.sub1deviceNamesub1productKeyspktimestamp1795176881612'),
    '4bcca2a45f817aee0de51d695faddd9429c86e989852872fddfa70b106562563',
  ],
  [
    'A10',
    'LinkSDK run',
    'product_register of a sub-device',
    hmac('sha256', 'sps', 'deviceNamesub1productKeyspkrandom122938364E17D148D624'),
    '508509b961f1d9970965764649a088683f21e1bfa61d75aa81b40d1011939739',
  ],
  [
    'A13',
    'LinkSDK run',
    'connwl: the token, verbatim',
    connwl?.kind === 'token' ? connwl.token : '',
    'TOKEN',
  ],
  [
    'A14',
    'LinkSDK run',
    'registration over HTTP',
    hmac('sha256', 'psecret', 'deviceNamednproductKeypkrandom2958560875').toUpperCase(),
    '3258A19FFF6F3C36FD0452FAF9E2EC77CEB05F60FEB06812BEA40692CD7ACC6D',
  ],
  [
    'A15',
    'Node SDK run',
    'registration over HTTP',
    hmac('sha1', 'psecret', 'deviceNamednproductKeypkrandomr2mtyijktsg'),
    'b5bfead8bcc4c97e446614e80402cef32422c9ae',
  ],
  [
    'A18',
    'LinkSDK 4.1 run',
    'HTTP /auth',
    hmac('sha256', 'secret', 'clientIdpk.dndeviceNamednproductKeypk').toUpperCase(),
    'A75C7CD8AC1FF3BC775BF9B3F8F82FF900728D6AA0ADD0C0246A9048D33C8604',
  ],
  [
    'A19',
    'iotkit 3.0.1 run',
    'CoAP /auth',
    hmac('md5', 'secret', 'clientIdpk.dndeviceNamednproductKeypkseq4011'),
    '6f4c783208b3bb444ecb0972ea3e97fe',
  ],
  [
    'A20',
    'computed',
    'CoAP over DTLS, /auth',
    hmac('md5', 'secret', 'clientIdpk.dndeviceNamednproductKeypk'),
    '22e3937aa43fd4df4c238f7d781247fe',
  ],
  [
    'A21',
    'iotkit 3.0.1 run',
    'CoAP key',
    coapKey.toString('hex'),
    'a9543ba0e2a95d3a069baaaaf4301815',
  ],
  [
    'A21',
    'iotkit 3.0.1 run',
    'CoAP sequence number 1',
    sealed('1'),
    '911a11048083faee162e00eba208b887',
  ],
  [
    'A21',
    'iotkit 3.0.1 run',
    'CoAP sequence number 2',
    sealed('2'),
    '0dc2272ddd5b34bce3f9096a6fddcabb',
  ],
  [
    'A21',
    'iotkit 3.0.1 run',
    'CoAP payload',
    sealed('{"code":200}'),
    '72bed0c7ad1de47d657044cefd5ebedc',
  ],
  [
    'E8',
    'Node SDK run',
    'sub-device in topo/add',
    hash('sha256', 'clientIdsdkdeviceKeysdkproductKeyspktimestamp1795177912485ssec').toUpperCase(),
    'BF35AE967568378C428D1139ABC31EAF3DC5CBB4FA3B79D198F149B04904BDE5',
  ],
  [
    'E8',
    'Node SDK run',
    'sub-device in combine/login',
    hash('sha256', 'clientIdsdkdeviceKeysdkproductKeyspktimestamp1795177912486ssec').toUpperCase(),
    '954DA9ACF8ED4988833CC2BFA23C3B2CA6110DC6B0E2B8F4DE779D6A1CD86326',
  ],
  [
    'E8',
    'Node SDK run',
    'sub-device in combine/login/batch',
    hash('sha256', 'clientIdgpkdeviceKeysdkproductKeyspktimestamp1795177912487ssec').toUpperCase(),
    'BB504A66D08C2C00A85537242B91FB3EC367E06BA4A96AD7FA0E48A2430269B3',
  ],
  [
    'E9',
    'Python SDK run',
    'sub-device in combine/login',
    hash(
      'sha256',
      'clientIdspksdk1795176719621deviceKeysdkproductKeyspktimestamp1795176719621ssec',
    ),
    '39080f5b13efc74cefd2a2b99815326bcc1390726189d2ca71248ce5db6c1de9',
  ],
  [
    'E10',
    'computed',
    'sub-device in combine/login, without cleanSession',
    hash('sha256', 'clientId123deviceKeysdkproductKeyspktimestamp1700000000000ssec').toUpperCase(),
    '0B62F0243F5D3D579A3D46F8F71D98ED9D04E55571E8D283204842F00B48BA41',
  ],
  [
    'E10',
    'document 2.0.9, computed',
    'the same with cleanSession',
    hash(
      'sha256',
      'cleanSessionfalseclientId123deviceKeysdkproductKeyspktimestamp1700000000000ssec',
    ).toUpperCase(),
    '6EAEAB60F7C4640FDC6F0C199BB825554F5553FEDD487C979FC5F0D681E3D29E',
  ],
  [
    'E11',
    'Java source',
    'HTTP /auth',
    hash('sha256', 'deviceKeytestlifetime86400000productKey654321signMethodsha256abcdefg'),
    '12e046495400f0680d2b73e5d93c644859b798f3ad1f431e60a686491bb20e3d',
  ],
  [
    'E12',
    'computed',
    'CoAP without DTLS, /auth',
    hash('sha256', 'deviceKeytestlifetime3600productKey654321secureMode2abcdefg').toUpperCase(),
    '0D78395DB84722CAE3D304E5F654E63247BE34A9ECD34BFDE137F4B804A5B134',
  ],
  [
    'E13',
    'computed',
    'DTLS-PSK key',
    enosPsk.toString('hex').toUpperCase(),
    'F5B79B5FB0803061152A44F92B37E23C',
  ],
  [
    'E14',
    'computed',
    'message integration',
    hash(
      'sha256',
      `${channel?.kind === 'not-offered' ? channel.candidates[0]?.content : ''}abcdefg`,
    ).toUpperCase(),
    '9E75CA6599B6705A674942FB920975EB40C64CA0C88E1B919316946DAAEEEBF2',
  ],
  [
    'H6',
    'Python SDK run',
    "a group's secret, derived for one device",
    hmac('sha256', 'prod_node_01', 'group-secret-16b'),
    '645412a9909106e3034ae75fd2249bab32a6fffe459579d00862eeea3ef2116a',
  ],
  [
    'H8',
    'wakaama run',
    'DTLS-PSK key: the secret, decoded from hex',
    String(Buffer.from('3b935a250c50dc2c6d481d048cefdc3c', 'hex').length),
    '16',
  ],
];

describe('a vector of the SDKs', () => {
  it.each(VECTORS)('%s (%s): %s', (_id, _origin, _of, computed, expected) => {
    expect(computed).toBe(expected);
  });

  it('stands here or is a recorded CONNECT: none of the 44 is left out', () => {
    const fixtures = new URL('fixtures/', import.meta.url);
    const recorded = readdirSync(fixtures)
      .filter((file) => file.endsWith('.json'))
      .flatMap(
        (file) =>
          readFileSync(new URL(file, fixtures), 'utf8').match(/(?<="name": ")[AEH]\d+/g) ?? [],
      );
    const held = new Set([...recorded, ...VECTORS.map(([id]) => id)]);
    const count = { A: 21, E: 15, H: 8 };
    const all = Object.entries(count).flatMap(([vendor, last]) =>
      Array.from({ length: last }, (_, at) => `${vendor}${String(at + 1)}`),
    );
    expect(all.filter((id) => !held.has(id))).toEqual([]);
  });
});
