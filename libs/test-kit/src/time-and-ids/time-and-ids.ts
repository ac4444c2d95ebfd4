import type { Clock, Ids } from '@tallystick/ports';

/** A clock that stands still until it is told to go on. */
export interface FixedClock extends Clock {
  advance(milliseconds: number): void;
  /** The wall clock alone is set, by so much. */
  set(milliseconds: number): void;
}

export function createFixedClock(start = Date.parse('2026-01-01T00:00:00.000Z')): FixedClock {
  let passed = 0;
  let moved = 0;
  return {
    now: () => start + passed + moved,
    monotonicMs: () => passed,
    advance: (milliseconds) => void (passed += milliseconds),
    set: (milliseconds) => void (moved += milliseconds),
  };
}

/** Ids that are the same in every run: made from a seed and a count, never from chance. */
export function createSeededIds(seed = 1): Ids {
  let state = seed >>> 0 || 1;
  let made = 0;
  // xorshift32 (Marsaglia, 2003)
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  const pick = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(next() % alphabet.length)).join('');
  const count = (digits: number, radix: number): string =>
    (++made).toString(radix).padStart(digits, '0');
  return {
    uuid: () => `${count(8, 16)}-0000-7000-8000-${pick('0123456789abcdef', 12)}`,
    deviceId: () => `dv_${count(10, 10)}${pick('0123456789abcdefghjkmnpqrstvwxyz', 16)}`,
    token: (length) =>
      pick('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', length),
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
  };
}
