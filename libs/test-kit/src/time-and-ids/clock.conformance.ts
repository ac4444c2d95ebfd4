import type { Clock } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';

/** What every clock must do (ports: clock). */
export function clockConformance(name: string, create: () => Clock): void {
  describe(`${name} as a clock`, () => {
    it('tells whole epoch milliseconds of this century', () => {
      const now = create().now();
      expect(Number.isInteger(now)).toBe(true);
      expect(now).toBeGreaterThan(Date.UTC(2000));
      expect(now).toBeLessThan(Date.UTC(2100));
    });

    it('never goes back in what it measures spans by', () => {
      const clock = create();
      const read = Array.from({ length: 1_000 }, () => clock.monotonicMs());
      expect(read).toEqual(read.toSorted((a, b) => a - b));
    });

    it('can be taken apart: its functions need no owner', () => {
      const { now, monotonicMs } = create();
      expect([typeof now(), typeof monotonicMs()]).toEqual(['number', 'number']);
    });
  });
}
