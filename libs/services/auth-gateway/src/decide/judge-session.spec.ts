import { describe, expect, it } from 'vitest';
import { device, product, unit, viewOf } from '../fixtures/credentials.ts';
import { judgeSession } from './judge-session.ts';

const basis = {
  productKey: 'pk',
  deviceKey: 'dn',
  generation: 1,
  unit: null,
  secretVersion: 1,
};
const asUnit = { ...basis, unit: 'CID', secretVersion: null };
const judge = (rows: Parameters<typeof viewOf>[0], of: typeof basis | typeof asUnit = basis) =>
  judgeSession(of, viewOf(rows), 1_000);

describe('a live session', () => {
  it('stays while nothing forbids it', () => {
    expect(judge([product(), device()])).toBeNull();
    expect(judge([product(), device({ units: [unit('CID', 'T')] })], asUnit)).toBeNull();
  });

  it.each([
    ['the device is gone', [product()], 'deleted'],
    ['the product is gone', [device()], 'deleted'],
    ['another life has begun', [product(), device({ generation: 2 })], 'deleted'],
    ['the device is disabled', [product(), device({ disabled: true })], 'disabled'],
    [
      'its product demands certificates',
      [product({ certificateRequired: true }), device()],
      'certificate-required',
    ],
    ['its secret is no longer accepted', [product(), device({ secrets: [] })], 'secret-reset'],
  ] as const)('goes when %s', (_, rows, reason) => {
    expect(judge(rows)).toBe(reason);
  });

  it('stays while its old secret overlaps, and goes when that has expired', () => {
    const two = device({ secretsInClear: ['new-secret', 'old-secret'] });
    const until = (expiresAt: number) => ({
      ...two,
      secrets: two.secrets.map((s, i) => (i === 1 ? { ...s, expiresAt } : s)),
    });
    expect(judge([product(), until(2_000)])).toBeNull();
    expect(judge([product(), until(500)])).toBe('secret-reset');
  });

  it.each(['forbidden', 'purging'] as const)('of a unit goes when the unit is %s', (state) => {
    const rows = [product(), device({ units: [unit('CID', 'T', state)] })];
    expect(judge(rows, asUnit)).toBe('forbidden');
  });

  it('of a unit goes when the unit has been released', () => {
    expect(judge([product(), device()], asUnit)).toBe('forbidden');
  });
});
