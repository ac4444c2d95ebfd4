import { describe, expect, it } from 'vitest';
import {
  isAllocatedDeviceId,
  parseClientId,
  parseDeviceId,
  parseDeviceKey,
  parseProductKey,
  parseSecret,
  parseTenant,
} from './names.ts';

const allocated = 'dv_01h455vb4pex5vsknk084sn02q';

describe.each([
  ['productKey', parseProductKey, ['a', 'A_z9'.repeat(8)], ['', 'a-b', 'ä', 'a'.repeat(33)]],
  [
    'deviceKey',
    parseDeviceKey,
    ['a.b_c:d@e-f', 'x'.repeat(128)],
    ['', 'a b', 'a/b', 'x'.repeat(129)],
  ],
  ['deviceId', parseDeviceId, ['id-1_A', 'x'.repeat(256)], ['', 'a.b', 'x'.repeat(257), allocated]],
  [
    'secret',
    parseSecret,
    ['six6 ~', 'x'.repeat(64)],
    ['short', 'x'.repeat(65), 'tab\tinside', 'ümlaut'],
  ],
  ['tenant', parseTenant, ['default', 'a-9'], ['', 'Default', 'a_b', 'x'.repeat(33)]],
  ['clientId', parseClientId, ['c', 'x'.repeat(64)], ['', 'a b', 'x'.repeat(65)]],
] as const)('%s', (_, parse, good, bad) => {
  it.each(good)('takes %j', (value) => {
    expect(parse(value)).toEqual({ ok: true, value });
  });

  it.each([...bad, 1, null, undefined, {}])('refuses %j without repeating it', (value) => {
    const parsed = parse(value);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'invalid-field' } });
    if (!parsed.ok && typeof value === 'string' && value.length > 3)
      expect(parsed.error.message).not.toContain(value);
  });
});

describe('an allocated device id', () => {
  it('is known by its form', () => {
    expect(isAllocatedDeviceId(allocated)).toBe(true);
    expect(isAllocatedDeviceId('dv_01H455VB4PEX5VSKNK084SN02Q')).toBe(false);
    expect(isAllocatedDeviceId('dv_01h455vb4pex5vsknk084sn02i')).toBe(false);
  });
});
