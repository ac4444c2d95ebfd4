import type { Ids } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';

const MANY = 20_000;

/** What every source of ids must do (ports: ids). */
export function idsConformance(name: string, create: () => Ids): void {
  describe(`${name} as a source of ids`, () => {
    const several = (make: () => string): string[] => Array.from({ length: MANY }, () => make());

    it('makes UUIDs of version 7 that are distinct and sort as they were made', () => {
      const ids = create();
      const made = several(() => ids.uuid());
      for (const id of made)
        expect(id).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[089ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      expect(new Set(made).size).toBe(MANY);
      expect(made).toEqual(made.toSorted());
    });

    it('makes device ids in the allocated form that are distinct and sort as they were made', () => {
      const ids = create();
      const made = several(() => ids.deviceId());
      for (const id of made) expect(id).toMatch(/^dv_[0-9a-hjkmnp-tv-z]{26}$/);
      expect(new Set(made).size).toBe(MANY);
      expect(made).toEqual(made.toSorted());
    });

    it('makes tokens of the length that is asked for', () => {
      const ids = create();
      for (const length of [0, 1, 22, 64]) {
        const token = ids.token(length);
        expect(token).toHaveLength(length);
        expect(token).toMatch(/^[A-Za-z0-9]*$/);
      }
      expect(ids.token(22)).not.toBe(ids.token(22));
    });

    it('makes bytes of the length that is asked for', () => {
      const ids = create();
      for (const length of [0, 1, 16, 10_000]) expect(ids.bytes(length)).toHaveLength(length);
      expect([...ids.bytes(16)]).not.toEqual([...ids.bytes(16)]);
    });
  });
}
