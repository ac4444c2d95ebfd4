import type { EventStore } from '@tallystick/ports';
import type { BusLink } from './reactors/bus-link.ts';
import type { EffectsTracker } from './effects/effects-tracker.ts';

const LOOK_EVERY_MS = 1_000;
/** A store that takes longer to say its head is away. */
const ANSWER_WITHIN_MS = 3_000;
/** A bus that is not reached holds a start up no longer than this: reads and registrations need none. */
const WAIT_FOR_BUS_MS = 20_000;

export interface HealthDeps {
  readonly store: Pick<EventStore, 'head'>;
  readonly viewPosition: () => number;
  readonly link: BusLink;
  readonly tracker: Pick<EffectsTracker, 'busReachable'>;
  /** `ok`, or what holds the relay up. */
  readonly relay: () => string;
  /** The highest position that this process knows the bus to have been told of. */
  readonly toldPosition: () => number;
  readonly log: { error(fields: object, message: string): void };
  readonly monotonicMs: () => number;
}

export interface Health {
  ready(): boolean;
  checks(): Readonly<Record<'store' | 'views' | 'bus' | 'relay', string>>;
  stop(): void;
}

const PUT_BACK =
  'stuck: the bus was told of more than the store holds (was the store put back to an earlier state? the log says what to do)';

/** New events would get positions that the bus, and every gateway, has already passed: none would ever be relayed, and all would count as applied. */
function createPutBack({ log }: HealthDeps) {
  let told = false;
  return {
    note: (position: number, head: number): void => {
      if (position > head && !told)
        log.error(
          { position, head },
          'the store ends before what the bus was told of: it was put back to an earlier state. Put the bus back as well, or begin a new one (another TALLYSTICK_TOPIC_PREFIX; embedded: remove bus.sqlite): all is relayed to it again',
        );
      told = position > head;
    },
    found: () => told,
  };
}

/** Asks the store for its head, again and again. */
function watchStore(deps: HealthDeps) {
  const { store, toldPosition } = deps;
  const putBack = createPutBack(deps);
  let state = 'starting';
  let headAtStart: number | null = null;
  let looking = false;
  // One at a time: a store that is silent would be asked by ever more.
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const late = setTimeout(() => (state = 'away'), ANSWER_WITHIN_MS);
    try {
      // Read before the head: what was told then cannot be beyond it.
      const position = toldPosition();
      const head = await store.head();
      putBack.note(position, head);
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
    putBack: putBack.found,
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** Watches the store by asking for its head; the views are ready once they have seen what was there at the start. */
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
    return busReached ? 'away' : 'connecting';
  };
  const relay = (): string => (watched.putBack() ? PUT_BACK : deps.relay());
  // A relay that is held up is said, and takes nothing out of service: registering and reading need none.
  const checks: Health['checks'] = () => ({
    ...{ store: watched.state(), views: views(), bus: bus(), relay: relay() },
  });
  return {
    checks,
    ready: () => {
      const now = checks();
      const waited = deps.monotonicMs() - startedAt > WAIT_FOR_BUS_MS;
      return now.store === 'ok' && now.views === 'ok' && (busReached || waited);
    },
    stop: watched.stop,
  };
}
