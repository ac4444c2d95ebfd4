import { describe, expect, it } from 'vitest';
import { alibabaLogin, connwlLogin, registerClaim, regnwlClaim } from '../fixtures/alibaba-wire.ts';
import { device, product, unit } from '../fixtures/credentials.ts';
import { countingHasher, decideOn, type GivenDecision, type Row } from '../fixtures/decide.ts';
import { enosActivation, enosIntegration } from '../fixtures/enos-wire.ts';

const open = (over: Parameters<typeof product>[0] = {}) =>
  product({ dynamicActivation: true, ...over });
const inactive = device({ active: false });

const WIRES = [
  ['enos', enosActivation('dn', 'psecret')],
  ['register', registerClaim('dn', 'psecret')],
] as const;

describe.each(WIRES)('a device that asks for its secret (%s)', (delivery, wire) => {
  const decide = (rows: readonly Row[], given?: GivenDecision) => decideOn(rows, wire, given);

  it('given an inactive device of an open product, then a registry is asked', () => {
    expect(decide([open(), inactive])).toMatchObject({
      ...{ decision: 'ask-registry', asks: 'secret', delivery, saidId: null, deviceId: 'dv_dn' },
      ...{ productKey: 'pk', deviceKey: 'dn', secretVersion: 1 },
    });
  });

  it('given a device that was reset, then a registry is asked', () => {
    expect(decide([open(), device({ dynamicOpen: true })]).decision).toBe('ask-registry');
  });

  it('given a name that the view has not, then a registry is asked: it may be of this moment', () => {
    expect(decide([open()]).decision).toBe('ask-registry');
  });

  it.each([
    ['is active', [open(), device()], 'already-activated'],
    ['is disabled', [open(), device({ active: false, disabled: true })], 'device-disabled'],
    ['is of a closed product', [product(), inactive], 'dynamic-activation-off'],
    ['is active, of a closed product', [product(), device()], 'dynamic-activation-off'],
    ['is unknown, of a closed product', [product()], 'dynamic-activation-off'],
    [
      'is of a product that asks for certificates',
      [open({ certificateRequired: true }), inactive],
      'certificate-required',
    ],
    ['is of a product with another secret', [open({ secret: 'another' }), inactive], 'bad-secret'],
    ['is of no product', [inactive], 'unknown-product'],
  ] as const)('that %s is refused', (_, rows, reason) => {
    expect(decide(rows)).toMatchObject({ decision: 'deny', reason });
  });

  it('given that it has just logged in here with its own secret, then it is refused at once', () => {
    const context = { isActivatedHere: () => true };
    expect(decide([open(), inactive], { context })).toMatchObject({ reason: 'already-activated' });
  });

  it('given a view that may be behind, then a registry is asked whatever the view says', () => {
    for (const context of [{ stalenessMs: 1_501 }, { caughtUp: false }])
      for (const rows of [
        [product(), inactive],
        [open(), device()],
      ])
        expect(decide(rows, { context }).decision).toBe('ask-registry');
  });

  it('given a view past the budget of tokens, then it may try again', () => {
    const context = { stalenessMs: 60_001 };
    expect(decide([open(), inactive], { context })).toMatchObject({ reason: 'view-stale' });
  });

  it('is held to no keep-alive', () => {
    const context = { keepAliveSeconds: 5 };
    expect(decide([open(), inactive], { context }).decision).toBe('ask-registry');
  });

  it('costs the same whatever is wrong with its proof', () => {
    const work = (rows: readonly Row[]): number => {
      const { hasher, count } = countingHasher();
      expect(decideOn(rows, wire, { hasher }).decision).toBe('deny');
      return count();
    };
    const known = work([open({ secret: 'another' }), inactive]);
    expect(known).toBeGreaterThan(0);
    expect(work([open({ secret: 'another' })])).toBe(known);
    expect(work([])).toBe(known);
    expect(work([open({ dialect: 'huawei', secret: 'another' }), inactive])).toBe(known);
  });
});

describe('message integration', () => {
  it('is not offered, and only who holds the secret of the product is told so', () => {
    expect(decideOn([open()], enosIntegration('psecret'))).toMatchObject({
      ...{ decision: 'deny', reason: 'mode-not-offered', productKey: 'pk', deviceKey: null },
    });
    expect(decideOn([open()], enosIntegration('wrong!'))).toMatchObject({ reason: 'bad-secret' });
  });
});

describe('given that dynamic activation of the product is off', () => {
  const closed = product({ registrationFree: true });
  const active = device({ units: [unit('CID', 'TOKEN')] });

  it('an activated device and an active unit log in', () => {
    expect(decideOn([closed, active], alibabaLogin('dn', 'secret')).decision).toBe('allow');
    expect(decideOn([closed, active], connwlLogin('dn', 'CID', 'TOKEN')).decision).toBe('allow');
  });

  it('an inactive device logs in with its own secret, and is activated', () => {
    expect(decideOn([closed, inactive], alibabaLogin('dn', 'secret'))).toMatchObject({
      ...{ decision: 'allow', activates: 'static' },
    });
  });
});

describe('on a TLS-PSK connection', () => {
  const psk = { productKey: 'pk', deviceKey: 'dn' };
  const over = (named: typeof psk): GivenDecision => ({ context: { psk: named } });

  it('given the device that the handshake has proven, then its password is checked as ever', () => {
    expect(decideOn([product(), device()], alibabaLogin('dn', 'secret'), over(psk))).toMatchObject({
      ...{ decision: 'allow', rule: 'alibaba.psk.hmacsha256' },
    });
    expect(decideOn([product(), device()], alibabaLogin('dn', 'wrong!'), over(psk))).toMatchObject({
      ...{ reason: 'bad-secret', rule: 'alibaba.psk.hmacsha256' },
    });
  });

  it.each([
    ['login', alibabaLogin('dn', 'secret')],
    ['login of a unit', connwlLogin('dn', 'CID', 'TOKEN')],
    ['claim', regnwlClaim('dn', 'psecret')],
    ['activation', registerClaim('dn', 'psecret')],
  ])('given another device, then its %s is refused however right it is', (_, wire) => {
    const rows = [open(), device({ units: [unit('CID', 'TOKEN')] })];
    const other = { productKey: 'pk', deviceKey: 'other' };
    expect(decideOn(rows, wire, over(other))).toMatchObject({
      ...{ decision: 'deny', reason: 'bad-secret', rule: 'alibaba.psk.other-device' },
    });
  });
});
