import { ProblemError } from '../http/problem.ts';
import type { Effects } from '../effects/effects.ts';
import type { EffectsTracker } from '../effects/effects-tracker.ts';
import type { Clock } from '@tallystick/ports';
import type { EffectOperations } from './operations.types.ts';

export function createEffectOperations(deps: {
  readonly effects: Effects;
  readonly tracker: EffectsTracker;
  readonly clock: Clock;
}): EffectOperations {
  const { effects, tracker, clock } = deps;
  return {
    of: async (position, waitSeconds) => {
      const answer = await effects.of(position, waitSeconds * 1_000);
      if (answer === null) throw new ProblemError('position-unknown');
      return answer;
    },
    gateways: () => Promise.resolve({ data: tracker.history.gateways(clock.now()) }),
  };
}
