import { expect, it } from 'vitest';
import { keepAliveFits } from './keep-alive.ts';

it.each([
  [30, true],
  [60, true],
  [1_200, true],
  [29, false],
  [1_201, false],
  [0, false],
])('a keep-alive of %i s fits a login of Alibaba and Huawei: %s', (seconds, fits) => {
  expect(keepAliveFits('alibaba', 'signed', seconds)).toBe(fits);
  expect(keepAliveFits('alibaba', 'token', seconds)).toBe(fits);
  expect(keepAliveFits('huawei', 'signed', seconds)).toBe(fits);
  expect(keepAliveFits('huawei', 'activation', seconds)).toBe(fits);
});

it.each([0, 29, 1_201, 65_535])(
  '%i s fits who only registers, and everybody in EnOS',
  (seconds) => {
    expect(keepAliveFits('alibaba', 'activation', seconds)).toBe(true);
    expect(keepAliveFits('alibaba', 'claim-unit', seconds)).toBe(true);
    expect(keepAliveFits('enos', 'signed', seconds)).toBe(true);
  },
);
