import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParsedConnect } from '../connect/claim.types.ts';
import { parseClaims } from '../connect/parse-claims.ts';
import { recordedHuaweiConnects } from '../fixtures/parse-huawei-connects.ts';
import { parseHuaweiClientId, type HuaweiClientId } from './huawei-client-id.codec.ts';

const HOUR = '2026112012';

const connect = (clientId: string, username: string | null, password = 'AB'): ParsedConnect =>
  parseClaims({
    ...{ speaks: null, clientId, username },
    password: password === '' ? null : new TextEncoder().encode(password),
  });

describe('a recorded CONNECT', () => {
  it.each(recordedHuaweiConnects)('$name ($origin) is read as its SDK signed it', (recorded) => {
    const { clientId, username, productKey, deviceKey, deviceId, kind, checks } = recorded;
    expect(connect(clientId, username, recorded.password)).toMatchObject({
      ...{ kind: 'claims', productKey, deviceKey, deviceId, clientId: username },
      claims: [{ kind, checks, candidates: [recorded.candidate], presented: recorded.password }],
    });
  });
});

describe('a login', () => {
  it('of type 0 names the device by its id', () => {
    expect(connect(`prod_node_01_0_0_${HOUR}`, 'prod_node_01')).toEqual({
      ...{ kind: 'claims', productKey: null, deviceKey: null, deviceId: 'prod_node_01' },
      clientId: 'prod_node_01',
      claims: [
        {
          ...{ kind: 'signed', dialect: 'huawei', presented: 'ab', checks: null },
          candidates: [{ scheme: 'keyed-by-content', algorithm: 'sha256', content: HOUR }],
        },
      ],
    });
  });

  it('of type 2 names it by its node id', () => {
    expect(connect(`node-01_2_0_${HOUR}`, 'node-01')).toMatchObject({
      ...{ productKey: null, deviceKey: 'node-01', deviceId: null },
    });
  });

  it.each([
    ['0', 'sha256', null],
    ['1', 'sha256', { hour: HOUR }],
    ['2', 'sm3', { hour: HOUR }],
  ])(
    'with check %s is proven by %s and compared with the clock: %j',
    (check, algorithm, checks) => {
      expect(connect(`id_0_${check}_${HOUR}`, 'id')).toMatchObject({
        claims: [{ candidates: [{ algorithm }], checks }],
      });
    },
  );

  it.each(['a_0_1', `a_0_1_${HOUR}`, 'a_', '_', 'a_0_0_2026112011_0'])(
    'of an id that reads like a ClientId (%s) is told by the username',
    (id) => {
      expect(connect(`${id}_0_1_${HOUR}`, id)).toMatchObject({ kind: 'claims', deviceId: id });
    },
  );
});

describe('a bootstrap with the secret of a group', () => {
  it.each(['0', '1', '2'])('and check %s names the product by its scope', (check) => {
    expect(connect(`scope_A_node_01_0_scope_A_${check}_${HOUR}`, 'scope_A_node_01')).toEqual({
      ...{ kind: 'claims', productKey: 'scope_A', deviceKey: 'node_01' },
      ...{ deviceId: 'scope_A_node_01', clientId: 'scope_A_node_01' },
      claims: [
        {
          ...{ kind: 'activation', delivery: 'bootstrap', dialect: 'huawei', presented: 'ab' },
          checks: check === '0' ? null : { hour: HOUR },
          candidates: [
            {
              ...{ scheme: 'group', content: HOUR, derivedFor: 'scope_A_node_01' },
              algorithm: check === '2' ? 'sm3' : 'sha256',
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['node_01', 'node_01'],
    ['scopeA_', 'scopeA_'],
    ['scopeB_node_01', 'scopeB_node_01'],
    [`scopeA_${'n'.repeat(64)}`, 'n'.repeat(64)],
    ['n'.repeat(65), null],
  ])('of %s stands for the device key %s', (id, deviceKey) => {
    expect(connect(`${id}_0_scopeA_0_${HOUR}`, id)).toMatchObject({ deviceKey, deviceId: id });
  });
});

describe('what is refused by its form', () => {
  it.each([
    ['a bridge', `id_3_0_${HOUR}`, 'ab', 'mode-not-offered'],
    ['the certificate of a group', 'id_0_scopeA', '', 'mode-not-offered'],
    ['a type that is none', `id_1_0_${HOUR}`, 'ab', 'malformed-client-id'],
    ['a check that is none', `id_0_3_${HOUR}`, 'ab', 'malformed-client-id'],
    ['a scope with a password and no hour', 'id_0_scopeA', 'ab', 'malformed-client-id'],
    ['a login without a password', `id_0_0_${HOUR}`, '', 'malformed-credentials'],
    ['a bootstrap without a password', `id_0_scopeA_0_${HOUR}`, '', 'malformed-credentials'],
  ])('%s', (_, clientId, password, reason) => {
    expect(connect(clientId, 'id', password)).toEqual({
      ...{ kind: 'malformed', reason, dialect: 'huawei', clientId: 'id' },
      ...{ productKey: null, deviceKey: null, deviceId: 'id' },
    });
  });

  it('a username that is no id', () => {
    expect(connect(`i d_0_0_${HOUR}`, 'i d')).toMatchObject({
      ...{ reason: 'malformed-credentials', dialect: 'huawei', deviceId: null, clientId: null },
    });
  });

  it.each([
    ['another username', `id_0_0_${HOUR}`, 'other'],
    ['no username', `id_0_0_${HOUR}`, null],
    ['an empty username', `_0_0_${HOUR}`, ''],
    ['an hour of nine digits', 'id_0_0_202611201', 'id'],
    ['an hour of eleven digits', 'id_0_0_20261120120', 'id'],
    ['the username alone', 'id', 'id'],
  ])('%s: no ClientId of Huawei', (_, clientId, username) => {
    expect(connect(clientId, username)).toMatchObject({ reason: 'malformed-client-id' });
  });
});

describe('a ClientId of Huawei', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
  const check = fc.constantFrom('0', '1', '2');
  const hour = fc.stringMatching(/^\d{10}$/);
  const scopeId = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,9}$/);
  const said: fc.Arbitrary<HuaweiClientId> = fc.oneof(
    fc.record({ form: fc.constant('login'), type: fc.constantFrom('0', '2', '3'), check, hour }),
    fc.record({ form: fc.constant('bootstrap'), scopeId, check, hour }),
    fc.record({ form: fc.constant('certificate'), scopeId }),
  );

  const print = (username: string, clientId: HuaweiClientId): string => {
    if (clientId.form === 'misshapen') return `${username}_9_9_${HOUR}`;
    if (clientId.form === 'certificate') return `${username}_0_${clientId.scopeId}`;
    const way = clientId.form === 'login' ? clientId.type : `0_${clientId.scopeId}`;
    return `${username}_${way}_${clientId.check}_${clientId.hour}`;
  };

  it('given that it was written: it is read as it was meant', () => {
    fc.assert(
      fc.property(id, said, (username, clientId) => {
        expect(parseHuaweiClientId(print(username, clientId), username)).toEqual(clientId);
      }),
    );
  });
});
