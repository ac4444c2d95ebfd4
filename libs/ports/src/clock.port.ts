import type { EpochMs } from '@tallystick/kernel';

/**
 * Time as an argument. `now` is the wall clock; `monotonicMs` never goes back and measures spans.
 */
export interface Clock {
  now(): EpochMs;
  monotonicMs(): number;
}
