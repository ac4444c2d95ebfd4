import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../product/dialects.ts';
import { derivedDeviceId, findUnfit, secretFormOf } from './names.ts';

const of = (given: object) => findUnfit('huawei', { productKey: 'pk', ...given });

describe('names and secrets in a product of dialect huawei', () => {
  it.each([
    ['deviceKey', 'a'],
    ['deviceKey', 'Node_7-'.repeat(9)],
    ['deviceId', 'x'.repeat(128)],
    ['deviceSecret', '12345678'],
    ['deviceSecret', ' ~'.repeat(16)],
  ])('%s may be %j', (field, value) => {
    expect(of({ [field]: value })).toBeNull();
  });

  it.each([
    ['deviceKey', 'x'.repeat(65), '1 to 64'],
    ['deviceKey', 'a.b', '1 to 64'],
    ['deviceKey', 'a:b', '1 to 64'],
    ['deviceId', 'x'.repeat(129), '1 to 128'],
    ['deviceSecret', '1234567', '8 to 32'],
    ['deviceSecret', 'x'.repeat(33), '8 to 32'],
  ])('%s may not be %j', (path, value, rule) => {
    const message = expect.stringContaining(rule) as string;
    expect(of({ [path]: value })).toEqual({ code: 'invalid-field', path, message });
  });

  it('are not looked at in a product of another dialect', () => {
    const given = { productKey: 'pk', deviceKey: 'a.b', deviceSecret: '123456' };
    for (const dialect of ['auto', 'enos', 'alibaba'] as const)
      expect(findUnfit(dialect, given)).toBeNull();
  });
});

describe('the id of a device that is given none', () => {
  it('is made of product and key where the dialect is huawei, and else allocated', () => {
    expect(derivedDeviceId('huawei', 'pk', 'node-7')).toBe('pk_node-7');
    for (const dialect of ['auto', 'enos', 'alibaba'] as const)
      expect(derivedDeviceId(dialect, 'pk', 'dk')).toBeNull();
  });

  it('may not look like an allocated one', () => {
    const deviceKey = '01jd7h0q9v8t6m3k2n4p5r7s8w';
    const message = expect.any(String) as string;
    const given = { productKey: 'dv', deviceKey };
    expect(findUnfit('huawei', given)).toEqual({
      code: 'invalid-field',
      path: 'deviceKey',
      message,
    });
    expect(findUnfit('huawei', { ...given, deviceId: 'mine' })).toBeNull();
    expect(findUnfit('huawei', { ...given, productKey: 'pk' })).toBeNull();
  });
});

it('allocated secrets are hex where the dialect is huawei', () => {
  expect(DIALECTS.map((dialect) => [dialect, secretFormOf(dialect)])).toEqual([
    ...[
      ['enos', 'token'],
      ['alibaba', 'token'],
      ['huawei', 'hex'],
    ],
  ]);
});
