import type { Clock } from '@tallystick/ports';
import type { EffectsTracker } from '../effects/effects-tracker.ts';
import { createRateLimit } from './rate-limit.ts';

/**
 * Held no longer than this: a grant needs no unanimity, and one stopped gateway must not stop a
 * fleet (libs/README.md, rule 8).
 */
const HELD_MS = 2_000;
/**
 * A gateway waits 4 s for a registry: what took long to decide is held for less, or the answer
 * would come when nobody waits for it any more.
 */
const ANSWERED_WITHIN_MS = 3_500;

/** What a device asks for under a name. */
interface Named {
  readonly productKey: string;
  readonly deviceKey: string;
}

type Answered =
  | { readonly granted: true; readonly position: number }
  | { readonly granted: false; readonly reason: string };

interface Refused {
  readonly granted: false;
  readonly reason: 'registry-away' | 'too-many-requests';
}

export interface GrantsDeps<Request, Answer> {
  readonly clock: Clock;
  readonly tracker: Pick<EffectsTracker, 'busReachable' | 'waitLivingGateways'>;
  readonly perNamePerSecond: number;
  readonly decide: (request: Request) => Promise<Answer>;
}

const refused = (reason: Refused['reason']): Refused => ({ granted: false, reason });

/**
 * What a device asks the registry for, a slot or its secret: refused before anything is appended
 * while the bus is away, and answered when the living gateways know.
 */
export function createGrants<Request extends Named, Answer extends Answered>({
  clock,
  tracker,
  perNamePerSecond,
  decide,
}: GrantsDeps<Request, Answer>): (request: Request) => Promise<Answer | Refused> {
  const limit = createRateLimit(perNamePerSecond);

  return async (request) => {
    if (!tracker.busReachable()) return refused('registry-away');
    if (!limit.take(`${request.productKey}/${request.deviceKey}`, clock.monotonicMs()))
      return refused('too-many-requests');
    const begunAt = clock.monotonicMs();
    const answer = await decide(request);
    const left = Math.max(0, ANSWERED_WITHIN_MS - (clock.monotonicMs() - begunAt));
    if (answer.granted) await tracker.waitLivingGateways(answer.position, Math.min(HELD_MS, left));
    return answer;
  };
}
