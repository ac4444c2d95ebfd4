import type { ClaimAnswer, ClaimRequest } from '@tallystick/contracts';
import type { Clock } from '@tallystick/ports';
import type { EffectsTracker } from '../effects/effects-tracker.ts';
import { createRateLimit } from './rate-limit.ts';

/** Held no longer than this: a grant needs no unanimity, and one stopped gateway must not stop a fleet (architecture, rule 8). */
const HELD_MS = 2_000;
/** For so long the same claim id gets the same answer. */
const REMEMBERED_MS = 600_000;
const MOST_REMEMBERED = 50_000;

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

/** A unit's claim for a slot: refused before anything is appended while the bus is away, and answered when the living gateways know. */
export function createClaims({
  clock,
  tracker,
  claimsPerNamePerSecond,
  claim,
}: ClaimsDeps): Claims {
  const limit = createRateLimit(claimsPerNamePerSecond);
  const answers = new Map<
    string,
    { readonly until: number; readonly answer: Promise<ClaimAnswer> }
  >();

  const forget = (now: number): void => {
    for (const [claimId, { until }] of answers) {
      if (until > now && answers.size <= MOST_REMEMBERED) return;
      answers.delete(claimId);
    }
  };

  const decide = async (request: ClaimRequest): Promise<ClaimAnswer> => {
    const answer = await claim(request);
    if (answer.granted) await tracker.waitLivingGateways(answer.position, HELD_MS);
    return answer;
  };

  return async (request) => {
    const now = clock.monotonicMs();
    forget(now);
    const known = answers.get(request.claimId);
    if (known !== undefined) return known.answer;
    if (!tracker.busReachable()) return refused('registry-away');
    if (!limit.take(`${request.productKey}/${request.deviceKey}`, now))
      return refused('too-many-requests');
    const answer = decide(request);
    answers.set(request.claimId, { until: now + REMEMBERED_MS, answer });
    // A claim whose fate is not known is decided again when it is repeated.
    answer.catch(() => answers.delete(request.claimId));
    return answer;
  };
}
