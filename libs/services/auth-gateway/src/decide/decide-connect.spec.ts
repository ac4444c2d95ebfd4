import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DeviceCredential } from '@tallystick/contracts';
import { createSeededIds } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createProofChecker } from '../composition/proofs.ts';
import {
  alibabaLogin,
  connwlLogin,
  enosLogin,
  registerClaim,
  regnwlClaim,
  type WireLogin,
} from '../fixtures/alibaba-wire.ts';
import { device, product, unit } from '../fixtures/credentials.ts';
import { countingHasher, decideOn, type Row } from '../fixtures/decide.ts';
import type { DecisionContext } from './decision-context.ts';
import type { ConnectDecision } from './decision.types.ts';
import { nodeHasher, type Hasher } from './hasher.ts';

interface Given {
  readonly rows?: readonly Row[];
  readonly listener?: 'mqtt' | 'enosMqtt';
  readonly context?: Partial<DecisionContext>;
  readonly hasher?: Hasher;
}

const NOW = 1_000_000;
const both = [product(), device()];

function decide(wire: WireLogin, given: Given = {}): ConnectDecision {
  const { rows = both, listener = 'mqtt', context = {}, hasher = nodeHasher } = given;
  const speaks = listener === 'enosMqtt' ? ({ speaks: 'enos' } as const) : {};
  return decideOn(rows, wire, { ...speaks, context, hasher });
}

interface Recorded extends WireLogin {
  readonly name: string;
  readonly listener: 'mqtt' | 'enosMqtt';
  readonly kind: 'signed' | 'activation' | 'claim-unit';
  readonly secret: string;
}

/** The vendors' recorded bytes, shared with the dialects' own specs. */
const recorded = JSON.parse(
  readFileSync(new URL('../../../../dialects/src/fixtures/connects.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

describe('given a device whose SDK was recorded', () => {
  it.each(recorded)('$name: its proof is right, and wrong with another secret', (wire) => {
    const [deviceKey = '', productKey = ''] = wire.username.split('&');
    const rows = (secret: string): readonly Row[] => [
      product({ productKey, secret }),
      device({ productKey, deviceKey, secretsInClear: [secret] }),
    ];
    const answer = decide(wire, { rows: rows(wire.secret), listener: wire.listener });
    const expected = {
      signed: { decision: 'allow', secretVersion: 1 },
      activation: { decision: 'deny', reason: 'dynamic-activation-off' },
      'claim-unit': { decision: 'ask-registry' },
    };
    expect(answer).toMatchObject(expected[wire.kind]);
    const wrong = decide(wire, { rows: rows('otherwise'), listener: wire.listener });
    expect(wrong).toMatchObject({ decision: 'deny', reason: 'bad-secret' });
  });
});

describe('a login with the device secret', () => {
  it.each(['hmacmd5', 'hmacsha1', 'hmacsha256'] as const)('by %s is allowed', (method) => {
    expect(decide(alibabaLogin('dn', 'secret', method))).toMatchObject({
      decision: 'allow',
      rule: `alibaba.static.${method}`,
      secretVersion: 1,
      activates: null,
    });
  });

  it('given an inactive device, activates it', () => {
    const rows = [product(), device({ active: false })];
    expect(decide(alibabaLogin('dn', 'secret'), { rows })).toMatchObject({ activates: 'static' });
  });

  it('given a device that was reset, activates it again, so that its dynamic activation is closed', () => {
    const rows = [product(), device({ dynamicOpen: true })];
    expect(decide(alibabaLogin('dn', 'secret'), { rows })).toMatchObject({ activates: 'static' });
  });

  it('given an overlap of two versions, either is right and is named', () => {
    const rows = [product(), device({ secretsInClear: ['new-secret', 'old-secret'] })];
    expect(decide(alibabaLogin('dn', 'new-secret'), { rows })).toMatchObject({ secretVersion: 2 });
    expect(decide(alibabaLogin('dn', 'old-secret'), { rows })).toMatchObject({ secretVersion: 1 });
  });

  it.each(['zz', '0', '00', ' '])('given that %j follows the proof, it is a bad secret', (more) => {
    const wire = alibabaLogin('dn', 'secret');
    const password = `${String(wire.password)}${more}`;
    expect(decide({ ...wire, password })).toMatchObject({ reason: 'bad-secret' });
  });

  it('given that a wide character stands in the proof whose low byte is right, it is a bad secret', () => {
    const wire = alibabaLogin('dn', 'secret');
    const at = wire.password.search(/[a-f]/);
    const wide = String.fromCharCode(0x3000 + wire.password.charCodeAt(at));
    const password = wire.password.slice(0, at) + wide + wire.password.slice(at + 1);
    expect(decide({ ...wire, password })).toMatchObject({ reason: 'bad-secret' });
  });

  it('given that the old version has expired, it is a bad secret', () => {
    const two = device({ secretsInClear: ['new-secret', 'old-secret'] });
    const secrets = two.secrets.map((s, i) => (i === 1 ? { ...s, expiresAt: NOW } : s));
    const rows = [product(), { ...two, secrets }];
    expect(decide(alibabaLogin('dn', 'old-secret'), { rows })).toMatchObject({
      reason: 'bad-secret',
    });
  });

  it('in the common port is taken as EnOS once it is not Alibaba', () => {
    expect(decide(enosLogin('dn', 'secret'))).toMatchObject({
      decision: 'allow',
      dialect: 'enos',
      rule: 'enos.static.sha256',
    });
  });

  it.each([
    ['alibaba', alibabaLogin('dn', 'secret'), 'mqtt', 'allow'],
    ['alibaba', enosLogin('dn', 'secret'), 'mqtt', 'deny'],
    ['alibaba', alibabaLogin('dn', 'secret'), 'enosMqtt', 'deny'],
    ['enos', enosLogin('dn', 'secret'), 'mqtt', 'allow'],
    ['enos', enosLogin('dn', 'secret'), 'enosMqtt', 'allow'],
    ['enos', alibabaLogin('dn', 'secret'), 'mqtt', 'deny'],
    ['huawei', alibabaLogin('dn', 'secret'), 'mqtt', 'deny'],
  ] as const)(
    'given a product of dialect %s, %j on %s is %s',
    (dialect, wire, listener, answer) => {
      const rows = [product({ dialect }), device()];
      expect(decide(wire, { rows, listener }).decision).toBe(answer);
    },
  );
});

describe('a refused login', () => {
  const refusals: readonly (readonly [string, WireLogin, Given, string])[] = [
    ['a wrong secret', alibabaLogin('dn', 'wrong!'), {}, 'bad-secret'],
    ['an unknown device', alibabaLogin('nobody', 'secret'), {}, 'unknown-device'],
    ['an unknown product', alibabaLogin('dn', 'secret', 'hmacmd5', 'pk2'), {}, 'unknown-product'],
    [
      'a device without a secret',
      alibabaLogin('dn', 'secret'),
      { rows: [product(), device({ secrets: [] })] },
      'bad-secret',
    ],
    [
      'a disabled device',
      alibabaLogin('dn', 'secret'),
      { rows: [product(), device({ disabled: true })] },
      'device-disabled',
    ],
    [
      'a disabled device with a wrong secret',
      alibabaLogin('dn', 'wrong!'),
      { rows: [product(), device({ disabled: true })] },
      'bad-secret',
    ],
    [
      'a product that asks for certificates',
      alibabaLogin('dn', 'secret'),
      { rows: [product({ certificateRequired: true }), device()] },
      'certificate-required',
    ],
    [
      'a keep-alive of 29 s',
      alibabaLogin('dn', 'secret'),
      { context: { keepAliveSeconds: 29 } },
      'keep-alive-out-of-range',
    ],
    ['no password', { ...alibabaLogin('dn', 'secret'), password: '' }, {}, 'malformed-credentials'],
    [
      'a ClientId without extension',
      { ...alibabaLogin('dn', 'secret'), clientId: 'dn' },
      {},
      'malformed-client-id',
    ],
  ];
  it.each(refusals)('%s is refused with its reason', (_, wire, given, reason) => {
    expect(decide(wire, given)).toMatchObject({ decision: 'deny', reason });
  });

  it.each([
    ['a right secret', alibabaLogin('dn', 'secret'), 'certificate-required'],
    ['a wrong secret', alibabaLogin('dn', 'wrong!'), 'bad-secret'],
    ['a name that nobody has', alibabaLogin('nobody', 'secret'), 'unknown-device'],
    ["a wrong product's secret", registerClaim('dn', 'wrong!'), 'bad-secret'],
  ])('for certificates alone is told of %s in the clear', (_, wire, otherwise) => {
    const rows = [product({ certificateRequired: true }), device()];
    const told = (inTheClear: boolean) => decide(wire, { rows, context: { inTheClear } });
    expect(told(true)).toMatchObject({ decision: 'deny', reason: 'certificate-required' });
    expect(told(false)).toMatchObject({ decision: 'deny', reason: otherwise });
  });

  it('by a gateway whose keys do not open its credentials may be tried again', () => {
    const otherKeys = [{ epoch: 1, key: createSecretKey(Buffer.alloc(32, 8)) }] as const;
    const given = { context: { proofs: createProofChecker(otherKeys, createSeededIds(2)) } };
    for (const wire of [alibabaLogin('dn', 'secret'), enosLogin('dn', 'secret')])
      expect(decide(wire, given)).toMatchObject({ reason: 'view-stale', rule: 'gateway.keys' });
  });

  it('for a ClientId that its product of dialect enos cannot read is told as malformed on every port', () => {
    const { clientId, ...rest } = enosLogin('dn', 'secret');
    const wire = { ...rest, clientId: clientId.replace(',timestamp=789', '') };
    const rows = [product({ dialect: 'enos' }), device()];
    for (const listener of ['mqtt', 'enosMqtt'] as const)
      expect(decide(wire, { rows, listener })).toMatchObject({ reason: 'malformed-client-id' });
  });

  it('over HTTP, which has no ClientID, a product of dialect enos has no such fault', () => {
    const rows = [product({ dialect: 'enos' }), device()];
    const given = { rows, context: { keepAliveSeconds: null } };
    for (const [name, reason] of [
      ['dn', 'bad-secret'],
      ['nobody', 'unknown-device'],
    ] as const) {
      const wire = alibabaLogin(name, 'secret');
      // EnOS's reading of it would need a secure mode.
      const clientId = wire.clientId.replace(/securemode=\d,/, '');
      expect(decide({ ...wire, clientId }, given)).toMatchObject({ reason });
      expect(decide({ ...wire, clientId }, { rows })).toMatchObject({
        reason: 'malformed-client-id',
      });
    }
  });

  it('of a name that every object has is a reason, not a defect', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const wire = { ...alibabaLogin(name, 'secret', 'hmacmd5', name) };
      expect(decide(wire)).toMatchObject({ reason: 'unknown-product' });
      const clientId = `c|securemode=2,signmethod=${name},timestamp=1|`;
      expect(decide({ ...wire, clientId })).toMatchObject({ reason: 'malformed-client-id' });
    }
  });

  it('EnOS has no range of keep-alive', () => {
    const given = { context: { keepAliveSeconds: 5 } };
    expect(decide(enosLogin('dn', 'secret'), given).decision).toBe('allow');
  });
});

describe('a stale view', () => {
  const at = (stalenessMs: number): Given => ({ context: { stalenessMs } });

  it('past 1.5 s cannot tell unknown from not yet known, nor wrong from not yet reset', () => {
    for (const wire of [alibabaLogin('nobody', 'secret'), alibabaLogin('dn', 'wrong!')])
      expect(decide(wire, at(1_501))).toMatchObject({ reason: 'view-stale' });
  });

  it('that has not caught up since a restart cannot either, and lets known devices in', () => {
    const given: Given = { context: { caughtUp: false } };
    for (const wire of [alibabaLogin('nobody', 'secret'), alibabaLogin('dn', 'wrong!')])
      expect(decide(wire, given)).toMatchObject({ reason: 'view-stale' });
    expect(decide(alibabaLogin('dn', 'secret'), given).decision).toBe('allow');
  });

  it('past the budget of a secret, not before, fences a known one', () => {
    expect(decide(alibabaLogin('dn', 'secret'), at(14_400_000)).decision).toBe('allow');
    expect(decide(alibabaLogin('dn', 'secret'), at(14_400_001))).toMatchObject({
      reason: 'view-stale',
    });
  });

  it('past the budget of a token, not before, fences a unit', () => {
    const rows = [product(), device({ units: [unit('CID', 'TOKEN')] })];
    const wire = connwlLogin('dn', 'CID', 'TOKEN');
    expect(decide(wire, { rows, ...at(60_000) }).decision).toBe('allow');
    expect(decide(wire, { rows, ...at(60_001) })).toMatchObject({ reason: 'view-stale' });
  });
});

describe('a unit with a token', () => {
  const withUnit = (state: DeviceCredential['units'][number]['state']): readonly Row[] => [
    product({ registrationFree: true }),
    device({ secrets: [], units: [unit('CID', 'TOKEN', state)] }),
  ];
  const wire = connwlLogin('dn', 'CID', 'TOKEN');

  it('pending: is allowed and becomes active', () => {
    expect(decide(wire, { rows: withUnit('pending') })).toMatchObject({
      decision: 'allow',
      unit: 'CID',
      activates: 'registration-free',
    });
  });

  it('active: is allowed', () => {
    expect(decide(wire, { rows: withUnit('active') })).toMatchObject({ activates: null });
  });

  it('active, of a device that was reset: activates it again, unless its secret may still be fetched', () => {
    const reset = device({ dynamicOpen: true, units: [unit('CID', 'TOKEN')] });
    const without = [product(), { ...reset, secrets: [] }];
    expect(decide(wire, { rows: without })).toMatchObject({ activates: 'registration-free' });
    expect(decide(wire, { rows: [product(), reset] })).toMatchObject({ activates: null });
  });

  it.each([
    ['forbidden', 'TOKEN', 'unit-forbidden'],
    ['forbidden', 'wrong', 'bad-secret'],
    ['purging', 'TOKEN', 'bad-secret'],
    ['active', 'wrong', 'bad-secret'],
  ] as const)('%s with token %s: %s', (state, token, reason) => {
    const presented = connwlLogin('dn', 'CID', token);
    expect(decide(presented, { rows: withUnit(state) })).toMatchObject({ reason });
  });

  it("cannot use another unit's token", () => {
    const units = [unit('CID', 'TOKEN'), unit('OTHER', 'T2')];
    const rows = [product(), device({ units })];
    expect(decide(connwlLogin('dn', 'CID', 'T2'), { rows })).toMatchObject({
      reason: 'bad-secret',
    });
  });
});

describe('a claim of a slot', () => {
  it('with the right product secret goes to the registry, whether the name is known or not', () => {
    expect(decide(regnwlClaim('dn', 'psecret')).decision).toBe('ask-registry');
    expect(decide(regnwlClaim('new-name', 'psecret')).decision).toBe('ask-registry');
  });

  it.each([0, 29, 1_201])('is not held to a range of keep-alive: %i s', (keepAliveSeconds) => {
    const given = { context: { keepAliveSeconds } };
    expect(decide(regnwlClaim('dn', 'psecret'), given).decision).toBe('ask-registry');
    const register = regnwlClaim('dn', 'psecret');
    const clientId = register.clientId.replace('regnwl', 'register');
    expect(decide({ ...register, clientId }, given)).toMatchObject({
      reason: 'dynamic-activation-off',
    });
  });

  it('with a wrong product secret is refused here', () => {
    expect(decide(regnwlClaim('new-name', 'wrong!'))).toMatchObject({ reason: 'bad-secret' });
  });
});

describe('the work of a refusal', () => {
  const work = (wire: WireLogin, rows: readonly Row[]): number => {
    const { hasher, count } = countingHasher();
    expect(decide(wire, { rows, hasher }).decision).toBe('deny');
    return count();
  };

  it('is the same for a wrong secret, an unknown device, an unknown product, a foreign dialect and an overlap', () => {
    const wire = alibabaLogin('dn', 'wrong!');
    const known = work(wire, both);
    expect(known).toBeGreaterThan(0);
    expect(work(wire, [product()])).toBe(known);
    expect(work(wire, [])).toBe(known);
    expect(work(wire, [product({ dialect: 'huawei' }), device()])).toBe(known);
    expect(work(wire, [product(), device({ secretsInClear: ['one-one', 'two-two'] })])).toBe(known);
    expect(work(wire, [product(), device({ secrets: [] })])).toBe(known);
  });

  it('is the same for a wrong token and an unknown unit', () => {
    const rows = [product(), device({ units: [unit('CID', 'TOKEN')] })];
    const known = work(connwlLogin('dn', 'CID', 'wrong'), rows);
    expect(work(connwlLogin('dn', 'NONE', 'wrong'), rows)).toBe(known);
    expect(work(connwlLogin('dn', 'CID', 'wrong'), [])).toBe(known);
  });
});
