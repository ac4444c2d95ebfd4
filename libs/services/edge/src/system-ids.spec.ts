import { describe, expect, it } from 'vitest';
import { systemIds } from './system-ids.ts';

const many = (make: () => string): string[] => Array.from({ length: 20_000 }, make);

describe('ids', () => {
  it('are UUIDs of version 7 that sort as they were made (RFC 9562, 5.7)', () => {
    const made = many(systemIds.uuid);
    for (const id of made.slice(0, 100))
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(made).size).toBe(made.length);
    expect(made.toSorted()).toEqual(made);
  });

  it('are device ids of the allocated form that sort as they were made', () => {
    const made = many(systemIds.deviceId);
    for (const id of made.slice(0, 100)) expect(id).toMatch(/^dv_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(new Set(made).size).toBe(made.length);
    expect(made.toSorted()).toEqual(made);
  });

  it('are tokens of the length that was asked, of letters and digits', () => {
    expect(systemIds.token(22)).toMatch(/^[A-Za-z0-9]{22}$/);
    expect(new Set(many(() => systemIds.token(22))).size).toBe(20_000);
  });
});
