import { describe, expect, it } from 'vitest';
import { PortError } from './port-error.ts';
import { levelOf } from './retry-level.ts';

describe('the level of a failure that is tried again', () => {
  it.each(['unavailable', 'timeout', 'closed', 'lost-tail'] as const)(
    'is debug for %s, which is told where it is noticed',
    (code) => {
      expect(levelOf(new PortError(code, 'away'))).toBe('debug');
    },
  );

  it('is warn for any other failure, at the first try and at every sixtieth', () => {
    const defect = new Error('a defect');
    const loud = [0, 1, 59, 60, 61, 120].filter((tries) => levelOf(defect, tries) === 'warn');
    expect(loud).toEqual([0, 60, 120]);
    expect(levelOf(new PortError('misconfigured', 'wrong'))).toBe('warn');
  });
});
