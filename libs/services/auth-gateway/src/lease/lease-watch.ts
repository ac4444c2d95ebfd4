import { encodeJson, parseGatewaysRecord, TOPICS, type Beat } from '@tallystick/contracts';
import { isPortError, PortError } from '@tallystick/kernel';
import type { BusPublisher, BusSubscription, DeliveredRecord, EventBus } from '@tallystick/ports';
import { pause } from '../waiting.ts';

export interface LeaseQuestion {
  readonly bus: EventBus;
  readonly publisher: BusPublisher;
  readonly gatewayId: string;
  readonly incarnation: string;
  /** This HOME's last incarnation, known to be dead. */
  readonly predecessor: string | null;
  readonly now: () => number;
  /** Gives the question up. */
  readonly signal: AbortSignal;
}

const RETRY_MS = 1_000;

/** A report of another incarnation: its lease runs from when the broker took it. */
interface Holder {
  readonly incarnation: string;
  readonly leaseUntil: number;
}

/**
 * Reads internal.gateways.v1 up to a beat of our own, and rejects with `misconfigured` if another incarnation holds a live lease of this gateway id
 * there. The log's order is the clock: the beat's time is compared with the holder's last record. A bus that is away is waited out.
 */
export async function checkLease(question: LeaseQuestion): Promise<void> {
  const { bus, gatewayId, incarnation, signal } = question;
  const writer = `gateway/${gatewayId}/${incarnation}`;
  const scan = new LeaseScan(question, writer);
  signal.addEventListener('abort', () => scan.fail(givenUp()), { once: true });
  const subscription: BusSubscription = await bus.subscribe({
    topics: [TOPICS.gateways],
    group: `gateway-${gatewayId}-lease-${incarnation}`,
    from: 'earliest',
    onBatch: async ({ records }) => records.forEach((record) => scan.read(record)),
    onFailed: (error) => scan.fail(error),
  });
  try {
    await publishBeat(question, writer);
    await scan.done;
  } finally {
    await subscription.close();
  }
}

function givenUp(): PortError {
  return new PortError('closed', 'the question of the lease was given up');
}

async function publishBeat(question: LeaseQuestion, writer: string): Promise<void> {
  const { publisher, signal, now } = question;
  while (!signal.aborted) {
    const beat: Beat = { kind: 'beat', writer, at: now() };
    const to = { topic: TOPICS.gateways, key: writer, partition: 0 };
    try {
      return await publisher.publish([{ ...to, value: encodeJson(beat), headers: {} }]);
    } catch (error) {
      if (!isPortError(error) || !error.retriable) throw error;
      await pause(RETRY_MS, signal);
    }
  }
}

class LeaseScan {
  readonly #question: LeaseQuestion;
  readonly #writer: string;
  readonly #outcome = Promise.withResolvers<void>();
  #holder: Holder | null = null;

  constructor(question: LeaseQuestion, writer: string) {
    this.#question = question;
    this.#writer = writer;
  }

  get done(): Promise<void> {
    return this.#outcome.promise;
  }

  fail(error: Error): void {
    this.#outcome.reject(error);
  }

  /** Keys are compared before anything is parsed: a day of reports is long. */
  read(record: DeliveredRecord): void {
    const { gatewayId, incarnation } = this.#question;
    if (record.key === this.#writer) this.#conclude(record.timestampMs);
    if (record.key !== gatewayId) return;
    const report = parseGatewaysRecord(record.value);
    if (report?.kind !== 'gateway' || report.gatewayId !== gatewayId) return;
    // Our own may come before our beat, when both have waited for the bus; it hides nobody else's.
    if (report.incarnation === incarnation) return;
    this.#holder = report.released
      ? null
      : { incarnation: report.incarnation, leaseUntil: record.timestampMs + report.leaseMs };
  }

  #conclude(at: number): void {
    const { gatewayId, predecessor } = this.#question;
    const holder = this.#holder;
    const held = holder !== null && holder.incarnation !== predecessor && holder.leaseUntil > at;
    if (!held) return this.#outcome.resolve();
    this.#outcome.reject(
      new PortError(
        'misconfigured',
        `another gateway holds a lease of the id ${gatewayId}: give this one a TALLYSTICK_GATEWAY_ID of its own, or wait until the lease has ended`,
      ),
    );
  }
}
