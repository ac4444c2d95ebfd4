import type { BusPublisher, EventBus, ViewStore } from '@tallystick/ports';
import type { AuthGatewayDeps } from '../gateway.types.ts';
import { readPredecessor, writeIncarnation } from '../lease/incarnation.ts';
import { checkLease } from '../lease/lease-watch.ts';
import { learnTopics } from './topics.ts';
import { withinMs } from '../waiting.ts';

/** One for each kind of record: order is kept within a publisher, and none waits behind another. */
export interface Publishers {
  readonly reports: BusPublisher;
  readonly signals: BusPublisher;
  readonly decisions: BusPublisher;
  readonly telemetry: BusPublisher;
}

export interface Ground {
  readonly incarnation: string;
  readonly publishers: Publishers;
  /** Rejects when another gateway turns out to hold the id, or the topics to be others. */
  readonly checked: Promise<unknown>;
  /** Ends what is still being asked of the bus. */
  readonly asking: AbortController;
}

/** How long a gateway that knows its predecessor to be dead waits for the log's word before it serves. */
const WARM_CHECK_MS = 1_000;

/** Topics, publishers, and the right to the gateway id. */
export async function layGround(deps: AuthGatewayDeps, store: ViewStore): Promise<Ground> {
  const { bus, home, ids, clock, logger, settings } = deps;
  const { gatewayId } = settings;
  const incarnation = ids.uuid();
  const predecessor = readPredecessor(home, gatewayId);
  const asking = new AbortController();
  const { signal } = asking;
  const topics = await learnTopics({ bus, store, logger, signal });
  const publishers = await openPublishers(bus);
  const question = { bus, publisher: publishers.reports, gatewayId, incarnation, predecessor };
  const leaseChecked = checkLease({ ...question, signal, now: () => clock.now() });
  const checked = Promise.all([leaseChecked, topics.checked]);
  // Whoever starts looks at it later; until then a rejection must not count as unhandled.
  checked.catch(() => undefined);
  try {
    await (predecessor === null ? checked : withinMs(checked, WARM_CHECK_MS));
  } catch (error) {
    asking.abort();
    await closeAll(publishers);
    throw error;
  }
  writeIncarnation(home, gatewayId, incarnation);
  return { incarnation, publishers, checked, asking };
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

export async function closeAll(publishers: Publishers): Promise<void> {
  const closing = Object.values(publishers).map((publisher: BusPublisher) => publisher.close());
  await Promise.allSettled(closing);
}
