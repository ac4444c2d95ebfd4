import type { ClaimAnswer, ClaimRequest, ReleaseRequest } from '@tallystick/contracts';
import { PortError } from '@tallystick/kernel';
import type { Clock, IdempotencyStore } from '@tallystick/ports';
import { claimKey } from './claim-unit.ts';

export interface AbandonClaimDeps {
  readonly clock: Clock;
  readonly idempotency: Pick<IdempotencyStore, 'find' | 'insert'>;
  readonly claim: (request: ClaimRequest) => Promise<ClaimAnswer>;
  readonly release: (request: ReleaseRequest) => Promise<void>;
}

/** No request has this hash: whoever comes later with the claim is refused. */
const ABANDONED = 'abandoned';
const NOTHING = new Uint8Array();

/**
 * Ends a claim of unknown outcome: takes its id, so that it is never made, or finishes what was
 * begun and frees the slot.
 */
export function createAbandonClaim(
  deps: AbandonClaimDeps,
): (request: ClaimRequest) => Promise<void> {
  const { clock, idempotency, claim, release } = deps;
  return async (request) => {
    const key = claimKey(request.claimId);
    const taken = { key, requestHash: ABANDONED, plan: NOTHING, reply: NOTHING };
    if (await idempotency.insert({ ...taken, createdAt: clock.now() })) return;
    if ((await idempotency.find(key))?.requestHash === ABANDONED) return;
    const answer = await claim(request);
    if (answer.granted) {
      const { productKey, deviceKey } = request;
      const { tenant, generation, clientId } = answer;
      const name = { tenant, productKey, deviceKey, generation };
      return release({ ...name, clientId, reason: 'connection-lost' });
    }
    if (answer.reason === 'registry-away')
      throw new PortError('unavailable', 'what became of the claim is not known yet');
  };
}
