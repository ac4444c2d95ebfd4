import type { EventStore } from '@tallystick/ports';
import type { BusLink } from './reactors/bus-link.ts';
import type { EffectsTracker } from './effects/effects-tracker.ts';

const LOOK_EVERY_MS = 1_000;
/** A store that takes longer to say its head is away. */
const ANSWER_WITHIN_MS = 3_000;
/** How long a start waits for a bus that is away: reads and registrations need no bus. */
const WAIT_FOR_BUS_MS = 20_000;

export interface HealthDeps {
  readonly store: Pick<EventStore, 'head'>;
  readonly viewPosition: () => number;
  readonly link: BusLink;
  readonly tracker: Pick<EffectsTracker, 'busReachable'>;
  /** `ok`, or the reason why the relay does not go on. */
  readonly relay: () => string;
  /** Which published events the store has lost; null: none. */
  readonly lost: () => string | null;
  readonly monotonicMs: () => number;
}

export interface Health {
  ready(): boolean;
  checks(): Readonly<Record<'store' | 'views' | 'bus' | 'relay', string>>;
  stop(): void;
}

/** Asks the store for its head, again and again. */
function watchStore({ store }: HealthDeps) {
  let state = 'starting';
  let headAtStart: number | null = null;
  let looking = false;
  // One at a time: a store that is silent would be asked by ever more.
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const late = setTimeout(() => (state = 'away'), ANSWER_WITHIN_MS);
    try {
      const head = await store.head();
      headAtStart ??= head;
      state = 'ok';
    } catch {
      state = 'away';
    }
    clearTimeout(late);
    looking = false;
  };
  void look();
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return {
    state: () => state,
    headAtStart: () => headAtStart,
    stop: () => {
      clearInterval(timer);
    },
  };
}

/**
 * Watches the store by asking for its head; the views are ready once they have seen what was there
 * at the start.
 */
export function startHealth(deps: HealthDeps): Health {
  const { link, tracker } = deps;
  const startedAt = deps.monotonicMs();
  const watched = watchStore(deps);
  let viewsReady = false;
  let busReached = false;

  const views = (): string => {
    const goal = watched.headAtStart();
    viewsReady ||= goal !== null && deps.viewPosition() >= goal;
    return viewsReady ? 'ok' : 'catching up';
  };
  const bus = (): string => {
    const reachable = link.connected() && tracker.busReachable();
    busReached ||= reachable;
    if (reachable) return 'ok';
    const unfit = link.unfit();
    if (unfit !== null) return unfit;
    return busReached ? 'away' : 'connecting';
  };
  const store = (): string => {
    const lost = deps.lost();
    return watched.state() === 'ok' && lost !== null ? `lost-tail: ${lost}` : watched.state();
  };
  // A relay that is held up is said, and takes nothing out of service: registering and reading need
  // none.
  const checks: Health['checks'] = () => ({
    ...{ store: store(), views: views(), bus: bus(), relay: deps.relay() },
  });
  return {
    checks,
    ready: () => {
      const now = checks();
      const waited = deps.monotonicMs() - startedAt > WAIT_FOR_BUS_MS;
      const bound = link.unfit() === null && (busReached || waited);
      return now.store === 'ok' && now.views === 'ok' && bound;
    },
    stop: watched.stop,
  };
}
