import { laneOf, parseStream, type EffectsDocument } from '@tallystick/contracts';
import type { Clock, EventStore, StoredEvent } from '@tallystick/ports';
import type { EffectQuestion } from './effects.types.ts';
import type { EffectsTracker } from './effects-tracker.ts';

export interface Asking {
  readonly tenant: string;
  /** May see what was done to any tenant as such: its making, and its tokens. */
  readonly ofInstallation: boolean;
}

function mayBeSeen({ meta, stream }: StoredEvent, { tenant, ofInstallation }: Asking): boolean {
  if (meta.tenant === tenant) return true;
  const { kind } = parseStream(stream);
  return ofInstallation && (kind === 'tenant' || kind === 'token');
}

/** The receipt: what a command's position has reached so far, gateway by gateway. */
export interface Effects {
  /**
   * null: the store has no such position yet, or it is another tenant's. Waits up to `waitMs` for
   * every gateway that holds a lease.
   */
  of(position: number, asking: Asking, waitMs: number): Promise<EffectsDocument | null>;
  /** Whether no gateway can still admit a token that the event at this position took back. */
  tokensSettled(event: StoredEvent): boolean;
}

export interface EffectsDeps {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly tracker: EffectsTracker;
  readonly tokenBudgetMs: number;
}

export async function findEvent(store: EventStore, position: number): Promise<StoredEvent | null> {
  if (position < 1) return null;
  const page = await store.readAll({ after: position - 1, limit: 1 });
  const event = page.events[0];
  return event?.position === position ? event : null;
}

export function createEffects({ store, clock, tracker, tokenBudgetMs }: EffectsDeps): Effects {
  const question = (event: StoredEvent): EffectQuestion => ({
    position: event.position,
    lane: laneOf(event.type, event.data),
    appendedAt: event.time,
    now: clock.now(),
    unknown: tracker.unknown(),
  });
  return {
    async of(position, asking, waitMs) {
      const event = await findEvent(store, position);
      if (event === null || !mayBeSeen(event, asking)) return null;
      const answer = (): EffectsDocument => tracker.history.effect(question(event));
      const reached = (): boolean => {
        const { gateways } = answer();
        // A gateway that is gone may never report. The answer says when it will admit nobody, and
        // does not wait for it.
        const settled = gateways.every((one) => one.applied || one.fencesAt !== null);
        return gateways.length > 0 && settled && tracker.busReachable();
      };
      if (waitMs > 0) await tracker.waitUntil(reached, waitMs);
      return answer();
    },
    tokensSettled: (event) => tracker.history.tokensSettled(question(event), tokenBudgetMs),
  };
}
