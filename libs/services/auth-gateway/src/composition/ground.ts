import { withinMs, type BusPublisher, type EventBus } from '@tallystick/ports';
import type { AuthGatewayDeps } from '../gateway.types.ts';
import { readPredecessor, writeIncarnation } from '../lease/incarnation.ts';
import { yieldToHeir } from '../lease/heir-watch.ts';
import { askForLease } from '../lease/lease-watch.ts';
import type { OpenedView } from './view-store.ts';
import { learnTopics } from './topics.ts';

/** One for each kind of record: order is kept within a publisher, and none waits behind another. */
export interface Publishers {
  readonly reports: BusPublisher;
  readonly signals: BusPublisher;
  readonly decisions: BusPublisher;
  readonly telemetry: BusPublisher;
}

export interface Ground {
  readonly incarnation: string;
  /** The incarnation before it, known to be dead. */
  readonly predecessor: string | null;
  readonly publishers: Publishers;
  /** Why the view begins empty though it was whole before; null: it does not. */
  readonly readAnew: string | null;
  /** The bus that was met, by its identity; pending while it is away. */
  readonly met: Promise<string>;
  /**
   * Before this nothing may be said and nobody served; rejects with `misconfigured` when another
   * gateway holds the id.
   */
  readonly granted: Promise<void>;
  /** Rejects when another gateway turns out to hold the id, or the topics to be others. */
  readonly checked: Promise<unknown>;
  /** Rejects when another gateway has taken the id while the lease was missed. */
  readonly yieldToHeir: () => Promise<void>;
  /** Ends what is still being asked of the bus. */
  readonly asking: AbortController;
}

/** A bus that is away is not waited for: until it answers, this machine's own clock is believed. */
const CLOCK_WITHIN_MS = 1_500;

/**
 * How long a gateway that knows its predecessor to be dead waits for the log's word before it
 * serves.
 */
const WARM_CHECK_MS = 1_000;

/**
 * Topics, publishers, and the question whose the gateway id is; it is being answered while whoever
 * asked makes itself ready.
 */
export async function layGround(
  deps: AuthGatewayDeps,
  { store, readAnew }: OpenedView,
): Promise<Ground> {
  const { bus, home, ids, clock, logger, settings } = deps;
  const { gatewayId } = settings;
  const incarnation = ids.uuid();
  const predecessor = readPredecessor(home, gatewayId, logger);
  const asking = new AbortController();
  const { signal } = asking;
  const topics = await learnTopics({ bus, store, logger, signal });
  const publishers = await openPublishers(bus);
  const question = { bus, publisher: publishers.reports, gatewayId, incarnation, predecessor };
  const lease = askForLease({ ...question, signal, now: () => clock.now() });
  // The answer tells how far this machine's clock is off, before anything is judged by it.
  if (bus.clockErrorMs() === null)
    await withinMs(
      lease.asked.catch(() => undefined),
      CLOCK_WITHIN_MS,
    );
  const free = Promise.all([lease.free, topics.checked]);
  const checked = Promise.all([free, lease.held]);
  const waited = predecessor === null ? free : withinMs(free, WARM_CHECK_MS);
  const granted = waited.then(() => writeIncarnation(home, gatewayId, incarnation));
  // The start awaits them later; until then a rejection must not count as unhandled.
  for (const promise of [checked, granted, topics.met]) promise.catch(() => undefined);
  let asked = 0;
  return {
    ...{ incarnation, predecessor, publishers, granted, checked, asking },
    met: topics.met,
    readAnew: readAnew ?? topics.readAnew,
    yieldToHeir: () => yieldToHeir({ bus, gatewayId, incarnation, signal, question: ++asked }),
  };
}

async function openPublishers(bus: EventBus): Promise<Publishers> {
  const [reports, signals, decisions, telemetry] = await Promise.all([
    bus.openPublisher(),
    bus.openPublisher(),
    bus.openPublisher(),
    bus.openPublisher(),
  ]);
  return { reports, signals, decisions, telemetry };
}

export async function closeAll(
  parts: readonly { readonly close: () => Promise<void> }[],
): Promise<void> {
  await Promise.allSettled(parts.map((part) => part.close()));
}
