import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import type { BusPublisher } from '@tallystick/ports';
import type { AuthGatewayDeps } from '../gateway.types.ts';
import { readPredecessor, writeIncarnation } from '../lease/incarnation.ts';
import { checkLease } from '../lease/lease-watch.ts';

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
  /** Rejects when another gateway turns out to hold the id. */
  readonly leaseChecked: Promise<void>;
}

/** How long a gateway that knows its predecessor to be dead waits for the log's word before it serves. */
const WARM_CHECK_MS = 1_000;

/** Topics, publishers, and the right to the gateway id. */
export async function layGround(deps: AuthGatewayDeps): Promise<Ground> {
  const { bus, home, ids, clock, settings } = deps;
  const { gatewayId } = settings;
  const incarnation = ids.uuid();
  const predecessor = readPredecessor(home, gatewayId);
  await bus.ensureTopics(TOPIC_DEFINITIONS);
  const [reports, signals, decisions, telemetry] = await Promise.all([
    bus.openPublisher(),
    bus.openPublisher(),
    bus.openPublisher(),
    bus.openPublisher(),
  ]);
  const publishers = { reports, signals, decisions, telemetry };
  const question = { bus, publisher: reports, gatewayId, incarnation, predecessor };
  const leaseChecked = checkLease({ ...question, now: () => clock.now() });
  // Whoever starts looks at it later; until then a rejection must not count as unhandled.
  leaseChecked.catch(() => undefined);
  try {
    await (predecessor === null ? leaseChecked : withinMs(leaseChecked, WARM_CHECK_MS));
  } catch (error) {
    await closeAll(publishers);
    throw error;
  }
  writeIncarnation(home, gatewayId, incarnation);
  return { incarnation, publishers, leaseChecked };
}

/** Resolves with the work or when the time is up; rejects if the work does before. */
export async function withinMs(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export async function closeAll(publishers: Publishers): Promise<void> {
  const closing = Object.values(publishers).map((publisher: BusPublisher) => publisher.close());
  await Promise.allSettled(closing);
}
