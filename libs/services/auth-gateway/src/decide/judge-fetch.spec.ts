import { expect, it } from 'vitest';
import { device, product, viewOf } from '../fixtures/credentials.ts';
import type { Row } from '../fixtures/decide.ts';
import { judgeFetch } from './judge-fetch.ts';

const open = product({ dynamicActivation: true });
const inactive = device({ active: false, position: 10 });
const judge = (rows: readonly Row[], passed = 20, secretVersion: number | null = 1) =>
  judgeFetch(
    { productKey: 'pk', deviceKey: 'dn', generation: 1, secretVersion, position: 10 },
    viewOf(rows),
    passed,
  );

it('given that nothing has changed, then the device may fetch its secret', () => {
  expect(judge([open, inactive])).toBe(null);
  expect(judge([open, device({ dynamicOpen: true, position: 11 })])).toBe(null);
});

it.each([
  ['was disabled', [open, device({ active: false, disabled: true })], 'device-disabled'],
  ['has logged in elsewhere', [open, device({ active: true })], 'already-activated'],
  ['was registered anew', [open, device({ active: false, generation: 2 })], 'unknown-device'],
  ['is gone', [open], 'unknown-device'],
  ['is of no product any more', [inactive], 'unknown-product'],
  [
    'is of a product that was closed',
    [{ ...open, dynamicActivation: false, position: 11 }, inactive],
    'dynamic-activation-off',
  ],
  [
    'is of a product that asks for certificates now',
    [{ ...open, certificateRequired: true, position: 11 }, inactive],
    'certificate-required',
  ],
] as const)('given a device that %s, then it may not', (_, rows, reason) => {
  const later = rows.map((row) => (row.kind === 'device' ? { ...row, position: 12 } : row));
  expect(judge(later)).toBe(reason);
});

it('given rows of before the grant, then they say nothing', () => {
  const closed = { ...open, dynamicActivation: false, position: 9 };
  expect(judge([closed, device({ disabled: true, position: 9 })])).toBe(null);
  expect(judge([open], 9)).toBe(null);
});

it('given that its secret was given anew, then it may not take the old one for its own', () => {
  const anew = device({ active: false, secretsInClear: ['new', 'secret'], position: 11 });
  expect(judge([open, anew])).toBe(null);
  const alone = { ...anew, secrets: anew.secrets.slice(0, 1) };
  expect(judge([open, alone])).toBe('bad-secret');
  expect(judge([open, alone], 20, null)).toBe(null);
  expect(judge([open, { ...alone, position: 9 }])).toBe(null);
});
