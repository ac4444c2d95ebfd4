import {
  encodeJson,
  parseGatewaysRecord,
  TOPICS,
  type Beat,
  type GatewayReport,
} from '@tallystick/contracts';
import { isPortError, PortError } from '@tallystick/kernel';
import {
  keepTrying,
  type BusPublisher,
  type BusSubscription,
  type DeliveredRecord,
  type EventBus,
} from '@tallystick/ports';

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

/** Who reported last by right: the lease runs from when the broker took it. */
interface Holder {
  readonly incarnation: string;
  readonly leaseUntil: number;
}

/**
 * Both reject with `misconfigured` when another incarnation holds a live lease of this gateway id.
 */
export interface LeaseAnswer {
  /** The question has reached the log. */
  readonly asked: Promise<void>;
  /** The log up to a beat of our own says that nobody does. */
  readonly free: Promise<void>;
  /**
   * Our own first report made the lease ours: of several that found it free, the first that reports
   * gets it.
   */
  readonly held: Promise<void>;
}

/**
 * Reads internal.gateways.v1. The log's order is the clock: our beat's time, and then our report's,
 * is compared with the holder's last record. A bus that is away is waited out.
 */
export function askForLease(question: LeaseQuestion): LeaseAnswer {
  const scan = new LeaseScan(question, `gateway/${question.gatewayId}/${question.incarnation}`);
  question.signal.addEventListener('abort', () => scan.fail(givenUp()), { once: true });
  const held = follow(question, scan);
  // A caller may await only one of them; the others must not count as unhandled.
  for (const promise of [scan.free, held, scan.asked.promise]) promise.catch(() => undefined);
  return { asked: scan.asked.promise, free: scan.free, held };
}

async function follow(question: LeaseQuestion, scan: LeaseScan): Promise<void> {
  try {
    await readToTheEnd(question, scan);
  } catch (error) {
    scan.fail(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function readToTheEnd(question: LeaseQuestion, scan: LeaseScan): Promise<void> {
  const { bus, gatewayId, incarnation } = question;
  const subscription: BusSubscription = await bus.subscribe({
    topics: [TOPICS.gateways],
    group: `gateway-${gatewayId}-lease-${incarnation}`,
    from: 'earliest',
    onBatch: async ({ records }) => records.forEach((record) => scan.read(record)),
    onFailed: (error) => scan.fail(error),
  });
  try {
    await publishBeat(question, scan.writer);
    scan.asked.resolve();
    await scan.free;
    await scan.held;
  } finally {
    await subscription.close();
  }
}

function givenUp(): PortError {
  return new PortError('closed', 'the question of the lease was given up');
}

async function publishBeat(question: LeaseQuestion, writer: string): Promise<void> {
  const { publisher, signal, now } = question;
  const publish = (): Promise<void> => {
    const beat: Beat = { kind: 'beat', writer, at: now() };
    const to = { topic: TOPICS.gateways, key: writer, partition: 0 };
    return publisher.publish([{ ...to, value: encodeJson(beat), headers: {} }]);
  };
  const failed = (error: unknown): void => {
    if (!isPortError(error) || !error.retriable) throw error;
  };
  await keepTrying(publish, { signal, everyMs: RETRY_MS, failed });
}

function takenBy(gatewayId: string): PortError {
  return new PortError(
    'misconfigured',
    `another gateway holds a lease of the id ${gatewayId}: give this one a TALLYSTICK_GATEWAY_ID of its own, or wait until the lease has ended`,
  );
}

/** Whose lease it is, record after record. */
class LeaseScan {
  readonly writer: string;
  readonly #question: LeaseQuestion;
  readonly #free = Promise.withResolvers<void>();
  readonly #held = Promise.withResolvers<void>();
  readonly asked = Promise.withResolvers<void>();
  #holder: Holder | null = null;

  constructor(question: LeaseQuestion, writer: string) {
    this.#question = question;
    this.writer = writer;
    this.#held.promise.catch(() => undefined);
  }

  get free(): Promise<void> {
    return this.#free.promise;
  }

  get held(): Promise<void> {
    return this.#held.promise;
  }

  fail(error: Error): void {
    this.asked.reject(error);
    this.#free.reject(error);
    this.#held.reject(error);
  }

  /** Keys are compared before anything is parsed: a day of reports is long. */
  read(record: DeliveredRecord): void {
    const { gatewayId } = this.#question;
    if (record.key === this.writer) this.#beat(record.timestampMs);
    if (record.key !== gatewayId) return;
    const report = parseGatewaysRecord(record.value);
    if (report?.kind === 'gateway' && report.gatewayId === gatewayId)
      this.#report(report, record.timestampMs);
  }

  #beat(at: number): void {
    const { gatewayId, incarnation, predecessor } = this.#question;
    if (this.#bars(incarnation, predecessor, at)) this.fail(takenBy(gatewayId));
    else this.#free.resolve();
  }

  #report({ incarnation, leaseMs, released, replaces }: GatewayReport, at: number): void {
    const own = incarnation === this.#question.incarnation;
    if (this.#bars(incarnation, replaces ?? null, at)) {
      // Said under somebody else's live lease: it is refused, and its giving back gives nothing
      // back.
      if (own) this.fail(takenBy(this.#question.gatewayId));
      return;
    }
    this.#holder = released ? null : { incarnation, leaseUntil: at + leaseMs };
    if (own) this.#held.resolve();
  }

  /**
   * Whether the holder's live lease keeps this incarnation out, which knows that one to be dead.
   */
  #bars(incarnation: string, dead: string | null, at: number): boolean {
    const holder = this.#holder;
    if (holder === null || holder.leaseUntil <= at) return false;
    return holder.incarnation !== incarnation && holder.incarnation !== dead;
  }
}
