import type { ClaimAnswer, ClaimRequest } from '@tallystick/contracts';
import type { Clock } from '@tallystick/ports';
import type { EffectsTracker } from '../effects/effects-tracker.ts';
import { createRateLimit } from './rate-limit.ts';

/**
 * Held no longer than this: a grant needs no unanimity, and one stopped gateway must not stop a
 * fleet (libs/README.md, rule 8).
 */
const HELD_MS = 2_000;

export interface ClaimsDeps {
  readonly clock: Clock;
  readonly tracker: EffectsTracker;
  readonly claimsPerNamePerSecond: number;
  readonly claim: (request: ClaimRequest) => Promise<ClaimAnswer>;
}

export type Claims = (request: ClaimRequest) => Promise<ClaimAnswer>;

const refused = (reason: 'registry-away' | 'too-many-requests'): ClaimAnswer => ({
  granted: false,
  reason,
});

/**
 * A unit's claim for a slot: refused before anything is appended while the bus is away, and
 * answered when the living gateways know.
 */
export function createClaims({
  clock,
  tracker,
  claimsPerNamePerSecond,
  claim,
}: ClaimsDeps): Claims {
  const limit = createRateLimit(claimsPerNamePerSecond);

  return async (request) => {
    if (!tracker.busReachable()) return refused('registry-away');
    if (!limit.take(`${request.productKey}/${request.deviceKey}`, clock.monotonicMs()))
      return refused('too-many-requests');
    const answer = await claim(request);
    if (answer.granted) await tracker.waitLivingGateways(answer.position, HELD_MS);
    return answer;
  };
}
