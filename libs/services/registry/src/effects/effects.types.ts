import type { Lane } from '@tallystick/contracts';
import type { EpochMs } from '@tallystick/kernel';

export interface EffectQuestion {
  readonly position: number;
  /**
   * The lane that carries the event at this position: it alone decides when it counts as applied.
   */
  readonly lane: Lane;
  readonly appendedAt: EpochMs;
  readonly now: EpochMs;
  /** The asker cannot be sure to know of every gateway. */
  readonly unknown: boolean;
}
