import { describe, expect, it } from 'vitest';
import { alibabaLogin, enosLogin, type WireLogin } from '../fixtures/alibaba-wire.ts';
import { device, product } from '../fixtures/credentials.ts';
import { countingHasher, decideOn, type Row } from '../fixtures/decide.ts';
import { huaweiBootstrap, huaweiLogin } from '../fixtures/huawei-wire.ts';
import type { DecisionContext } from './decision-context.ts';

/** In the hour that the wire fixtures say. */
const NOW = Date.UTC(2026, 10, 20, 12, 30);
const ID = 'pk_node_01';
const node = (over: Parameters<typeof device>[0] = {}) =>
  device({ deviceKey: 'node_01', deviceId: ID, ...over });
const rows: readonly Row[] = [product({ dialect: 'huawei' }), node()];

const decide = (wire: WireLogin, given = rows, over: Partial<DecisionContext> = {}) =>
  decideOn(given, wire, { context: { nowMs: NOW, keepAliveSeconds: 120, ...over } });

describe('a login in the dialect of Huawei', () => {
  it.each([0, 2] as const)('of type %i is the device of that name', (type) => {
    const name = type === 0 ? ID : 'node_01';
    expect(decide(huaweiLogin(name, 'secret', { type }))).toMatchObject({
      ...{ decision: 'allow', dialect: 'huawei', rule: 'huawei.static.hmacsha256' },
      ...{ productKey: 'pk', deviceKey: 'node_01', deviceId: ID, clientId: name },
    });
  });

  it.each([0, 2] as const)('of type %i with a wrong secret is told to the device', (type) => {
    const name = type === 0 ? ID : 'node_01';
    const of = { reason: 'bad-secret', productKey: 'pk', deviceKey: 'node_01', deviceId: ID };
    expect(decide(huaweiLogin(name, 'wrong!', { type }))).toMatchObject(of);
  });

  it('of a name that nobody has is an unknown device', () => {
    for (const type of [0, 2] as const)
      expect(decide(huaweiLogin('nobody', 'secret', { type }))).toMatchObject({
        ...{ reason: 'unknown-device', productKey: null, deviceKey: null, tenant: null },
      });
  });

  it('by node id finds devices of huawei products alone, by id those of any that may speak it', () => {
    const auto = [product(), node()];
    expect(decide(huaweiLogin('node_01', 'secret', { type: 2 }), auto)).toMatchObject({
      reason: 'unknown-device',
    });
    expect(decide(huaweiLogin(ID, 'secret'), auto).decision).toBe('allow');
  });

  it('by a node id of two devices is refused whatever its secret, and told to each', () => {
    const other = [product({ productKey: 'qk', dialect: 'huawei', tenant: 'other' })];
    const twin = node({ productKey: 'qk', deviceId: 'qk_node_01', tenant: 'other' });
    for (const secret of ['secret', 'wrong!'])
      expect(
        decide(huaweiLogin('node_01', secret, { type: 2 }), [...rows, ...other, twin]),
      ).toMatchObject({
        ...{ decision: 'deny', reason: 'ambiguous-name', dialect: 'huawei' },
        means: [
          { tenant: 'default', productKey: 'pk', deviceId: ID },
          { tenant: 'other', productKey: 'qk', deviceId: 'qk_node_01' },
        ],
      });
  });

  it.each([
    ['alibaba', huaweiLogin('dv_dn', 'secret'), 'bad-secret'],
    // As a name that nobody has: it must not tell that there is such a device.
    ['enos', huaweiLogin('dv_dn', 'secret'), 'bad-secret'],
    ['huawei', alibabaLogin('dn', 'secret'), 'bad-secret'],
    ['huawei', enosLogin('dn', 'secret'), 'bad-secret'],
  ] as const)(
    'given a product of dialect %s, another one is refused: %j',
    (dialect, wire, reason) => {
      expect(decide(wire, [product({ dialect }), device()])).toMatchObject({
        ...{ decision: 'deny', reason, deviceId: 'dv_dn' },
      });
    },
  );

  it('of a disabled device says so to who has the secret', () => {
    const given = [product({ dialect: 'huawei' }), node({ disabled: true })];
    expect(decide(huaweiLogin(ID, 'secret'), given)).toMatchObject({ reason: 'device-disabled' });
    expect(decide(huaweiLogin(ID, 'wrong!'), given)).toMatchObject({ reason: 'bad-secret' });
  });

  it.each([0, 29, 1_201])('with a keep-alive of %i s is out of range', (keepAliveSeconds) => {
    expect(decide(huaweiLogin(ID, 'secret'), rows, { keepAliveSeconds })).toMatchObject({
      reason: 'keep-alive-out-of-range',
    });
  });

  it('over a wire without a keep-alive has none to be in range', () => {
    const given = { keepAliveSeconds: null };
    expect(decide(huaweiLogin(ID, 'secret'), rows, given).decision).toBe('allow');
  });
});

describe('the hour of a login', () => {
  it.each([
    [0, '2019120219', 'allow'],
    [1, '2026112012', 'allow'],
    [1, '2026112011', 'allow'],
    [1, '2026112013', 'allow'],
    [1, '2026112010', 'deny'],
    [1, '2026112014', 'deny'],
    [2, '2026112012', 'allow'],
    [2, '2026112010', 'deny'],
  ] as const)('given check %i and hour %s, then it is %s', (check, hour, answer) => {
    const decided = decide(huaweiLogin(ID, 'secret', { check, hour }));
    const reason = { reason: 'timestamp-out-of-range', deviceId: ID };
    expect(decided).toMatchObject(answer === 'allow' ? { decision: 'allow' } : reason);
  });

  it('is judged only once the proof is right', () => {
    const wire = huaweiLogin(ID, 'wrong!', { check: 1, hour: '2026112010' });
    expect(decide(wire)).toMatchObject({ reason: 'bad-secret' });
  });
});

describe('a bootstrap with the secret of a group', () => {
  const open = (over: Parameters<typeof product>[0] = {}) =>
    product({ dialect: 'huawei', dynamicActivation: true, ...over });

  it('asks for the device that calls itself so, whether it is known or not', () => {
    const of = { decision: 'ask-registry', asks: 'secret', delivery: 'bootstrap' };
    expect(decide(huaweiBootstrap(ID, 'psecret'), [open(), node({ active: false })])).toMatchObject(
      {
        ...{ ...of, productKey: 'pk', deviceKey: 'node_01', saidId: ID },
      },
    );
    expect(decide(huaweiBootstrap('pk_new', 'psecret'), [open()])).toMatchObject({
      ...{ ...of, productKey: 'pk', deviceKey: 'new', saidId: 'pk_new', deviceId: null },
    });
    expect(decide(huaweiBootstrap('whole', 'psecret'), [open()])).toMatchObject({
      ...{ ...of, deviceKey: 'whole', saidId: 'whole' },
    });
  });

  it('given an id whose device has another key, then that key is asked for', () => {
    const given = device({ deviceKey: 'serial-7', deviceId: ID, active: false });
    expect(decide(huaweiBootstrap(ID, 'psecret'), [open(), given])).toMatchObject({
      ...{ deviceKey: 'serial-7', saidId: ID },
    });
  });

  it('given that its device is active, or its product closed, then it is refused', () => {
    expect(decide(huaweiBootstrap(ID, 'psecret'), [open(), node()])).toMatchObject({
      reason: 'already-activated',
    });
    const closed = [open({ dynamicActivation: false }), node({ active: false })];
    expect(decide(huaweiBootstrap(ID, 'psecret'), closed)).toMatchObject({
      reason: 'dynamic-activation-off',
    });
  });

  it('with another secret, or in another scope, is refused', () => {
    expect(decide(huaweiBootstrap(ID, 'wrong!'), [open(), node()])).toMatchObject({
      ...{ reason: 'bad-secret', deviceId: ID },
    });
    expect(decide(huaweiBootstrap(ID, 'psecret', 'nk'), [open(), node()])).toMatchObject({
      reason: 'unknown-product',
    });
  });

  it('of an id that can be no node id is an unknown device', () => {
    const long = `pk_${'x'.repeat(65)}`;
    expect(decide(huaweiBootstrap(long, 'psecret'), [open()])).toMatchObject({
      reason: 'unknown-device',
    });
  });
});

describe('the work of a refusal', () => {
  const work = (wire: WireLogin, given: readonly Row[]): number => {
    const { hasher, count } = countingHasher();
    expect(decideOn(given, wire, { hasher }).decision).toBe('deny');
    return count();
  };

  it('is the same for a wrong secret, an unknown name, an ambiguous one and a foreign dialect', () => {
    const twin = [product({ productKey: 'qk', dialect: 'huawei' }), node({ productKey: 'qk' })];
    const known = work(huaweiLogin('node_01', 'wrong!', { type: 2 }), rows);
    expect(known).toBeGreaterThan(0);
    expect(work(huaweiLogin('node_01', 'wrong!', { type: 2 }), [...rows, ...twin])).toBe(known);
    expect(work(huaweiLogin('nobody', 'wrong!', { type: 2 }), rows)).toBe(known);
    expect(work(huaweiLogin('nobody', 'wrong!'), rows)).toBe(known);
    expect(work(huaweiLogin(ID, 'wrong!'), [product({ dialect: 'alibaba' }), node()])).toBe(known);
    expect(work(huaweiBootstrap(ID, 'wrong!'), rows)).toBe(known);
    expect(work(huaweiBootstrap('nobody', 'wrong!', 'nk'), [])).toBe(known);
  });
});
