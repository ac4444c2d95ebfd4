import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHourNow, parseHour, toHour } from './hour.codec.ts';

const at = (text: string): number => Date.parse(text);

describe('an hour of Huawei', () => {
  it('is read in UTC', () => {
    expect(parseHour('2026112012')).toEqual({
      fromMs: at('2026-11-20T12:00:00.000Z'),
      toMs: at('2026-11-20T13:00:00.000Z'),
    });
  });

  it.each(['2026130112', '2026022912', '2026112024', '0000000000', '202611201', '2026-11-20', ''])(
    '%j is none',
    (text) => {
      expect(parseHour(text)).toBeNull();
      expect(isHourNow(text, at('2026-11-20T12:00:00Z'))).toBe(false);
    },
  );

  it.each([
    ['2026-11-20T10:59:59.999Z', false],
    ['2026-11-20T11:00:00.000Z', true],
    ['2026-11-20T12:30:00.000Z', true],
    ['2026-11-20T13:59:59.999Z', true],
    ['2026-11-20T14:00:00.000Z', false],
  ])('2026112012 at %s is now: %s', (now, expected) => {
    expect(isHourNow('2026112012', at(now))).toBe(expected);
  });

  it('given any moment: what is written of it is read as an hour that holds it', () => {
    const moments = fc.integer({ min: at('0100-01-01T00:00Z'), max: at('9999-12-31T23:59Z') });
    fc.assert(
      fc.property(moments, (ms) => {
        const range = parseHour(toHour(ms));
        expect(range !== null && range.fromMs <= ms && ms < range.toMs).toBe(true);
      }),
    );
  });

  it('given any text: reading it does not throw, and what is read is written as it was', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const range = parseHour(text);
        expect(range === null || toHour(range.fromMs) === text).toBe(true);
      }),
    );
  });
});
