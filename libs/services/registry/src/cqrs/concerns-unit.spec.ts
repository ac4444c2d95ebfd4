import { describe, expect, it } from 'vitest';
import { concerns } from './concerns-unit.ts';

describe('whether an event concerns a unit', () => {
  it.each([
    ['of the unit', { clientId: 'A' }, true],
    ['of another', { clientId: 'B' }, false],
    ['that forbids it', { clientId: 'B', forbidden: ['C', 'A'] }, true],
    ['that lets others back', { clientIds: ['B'] }, false],
    ['that lets it back', { clientIds: ['B', 'A'] }, true],
    [
      'of a conflict that it is part of',
      { clientIds: [{ clientId: 'B' }, { clientId: 'A' }] },
      true,
    ],
    ['of the device', { reason: 'A' }, false],
    ['with something else in its place', { clientIds: [null, 7], forbidden: 'A' }, false],
  ])('%s', (_, data, expected) => {
    expect(concerns('A')({ data })).toBe(expected);
  });
});
