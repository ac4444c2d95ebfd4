import type { IdentityHandlers } from '@tallystick/application';
import { encodeJson, TOPICS, type GatewayRetired } from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import type { BusPublisher, Clock, EventStore } from '@tallystick/ports';
import type { Effects } from '../effects/effects.ts';
import type { EffectsTracker } from '../effects/effects-tracker.ts';
import { ProblemError } from '../http/problem.ts';
import type { EffectOperations } from './operations.types.ts';
import { settle } from './settle.ts';

export interface EffectOperationsDeps {
  readonly effects: Effects;
  readonly tracker: EffectsTracker;
  readonly clock: Clock;
  readonly store: Pick<EventStore, 'head'>;
  readonly publish: BusPublisher['publish'];
  readonly once: IdentityHandlers['once'];
}

/** What was told the bus is read back within it. */
const READ_BACK_MS = 5_000;

/** Tells every registry, this one too: the bus keeps it as long as the gateway's reports. */
async function tellRetired(deps: EffectOperationsDeps, gatewayId: string): Promise<void> {
  const { publish, tracker, clock } = deps;
  const retired: GatewayRetired = { kind: 'retired', gatewayId, at: clock.now() };
  const record = { topic: TOPICS.gateways, key: gatewayId, value: encodeJson(retired) };
  try {
    await publish([{ ...record, headers: {} }]);
  } catch (error) {
    throw isPortError(error) ? new ProblemError('bus-unavailable') : error;
  }
  const standing = () => tracker.history.standing(gatewayId, clock.now());
  await tracker.waitUntil(() => standing() !== 'gone', READ_BACK_MS);
  if (standing() === 'alive') throw new ProblemError('gateway-alive');
  if (standing() === 'gone') throw new ProblemError('bus-unavailable');
}

function createRetire(deps: EffectOperationsDeps): EffectOperations['retire'] {
  const { tracker, clock, store, once } = deps;
  return async (call, gatewayId) => {
    // A gateway has no revision that the caller could have seen.
    if (call.ifMatch !== null) throw new ProblemError('stale-revision');
    const retire = async (): Promise<number> => {
      // What its reports say of its lease is not known then.
      if (!tracker.busReachable()) throw new ProblemError('bus-unavailable');
      const standing = tracker.history.standing(gatewayId, clock.now());
      if (standing === 'unknown') throw new ProblemError('gateway-unknown');
      if (standing === 'alive') throw new ProblemError('gateway-alive');
      await tellRetired(deps, gatewayId);
      return store.head();
    };
    const written = await settle(
      call,
      (context) => once(retire, context),
      () => null,
    );
    return { ...written, revision: null };
  };
}

export function createEffectOperations(deps: EffectOperationsDeps): EffectOperations {
  const { effects, tracker, clock } = deps;
  return {
    of: async (position, waitSeconds) => {
      const answer = await effects.of(position, waitSeconds * 1_000);
      if (answer === null) throw new ProblemError('position-unknown');
      return answer;
    },
    gateways: () => Promise.resolve({ data: tracker.history.gateways(clock.now()) }),
    retire: createRetire(deps),
  };
}
