import { encodeJson, parseGatewaysRecord, TOPICS, type Beat } from '@tallystick/contracts';
import {
  applyBeat,
  applyReport,
  initialLeases,
  watchGateway,
  type Lease,
  type Leases,
  type LeaseStep,
  type LeaseVerdict,
} from '@tallystick/domain';
import {
  pause,
  type BusPublisher,
  type BusSubscription,
  type Clock,
  type DeliveredRecord,
  type EventBus,
} from '@tallystick/ports';

const BEAT_MS = 1_000;
/** How long an answer that needs an own beat to come back is waited for. */
const READ_BACK_MS = 5_000;
/** Each gateway that lives reports each second: who has listened this long has heard them all. */
const HEARD_ALL_MS = 2_000;

export interface GatewayWatchDeps {
  readonly bus: EventBus;
  readonly publisher: BusPublisher;
  readonly clock: Clock;
  /** Names this run: beats of an earlier one do not count. */
  readonly runId: string;
  /** For a gateway that was never heard, but has sessions. */
  readonly defaultLeaseMs: number;
  /** Gateways of live sessions, and whether all that was said before has been read. */
  readonly seen: () => {
    readonly gateways: readonly {
      readonly gatewayId: string;
      readonly incarnation: string;
      readonly term: number;
    }[];
    readonly judging: boolean;
  };
  readonly onVerdict: (verdict: LeaseVerdict) => void;
  /** An own beat was read back; `at`: when it was written. */
  readonly onBeat: (at: number) => void;
  readonly onFailed: (error: Error) => void;
}

/**
 * Reads internal.gateways.v1 with its own beats in it: whose lease is over is decided by the order
 * of that log.
 */
export class GatewayWatch {
  readonly #deps: GatewayWatchDeps;
  readonly #writer: string;
  #leases: Leases = initialLeases;
  #subscription: BusSubscription | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #stopping = new AbortController();
  #listeningSince = 0;
  #lastBeatAt = 0;
  #beating: Promise<unknown> | null = null;
  /**
   * By the monotonic clock. Beats are only compared with each other, and our estimate of the log's
   * time may be corrected at any moment.
   */
  readonly #origin: number;
  readonly #awaited = new Set<{ readonly met: () => boolean; readonly resolve: () => void }>();

  constructor(deps: GatewayWatchDeps) {
    this.#deps = deps;
    this.#writer = `tracker/${deps.runId}`;
    this.#origin = deps.clock.now() - deps.clock.monotonicMs();
  }

  async start(): Promise<void> {
    this.#subscription = await this.#deps.bus.subscribe({
      topics: [TOPICS.gateways],
      group: `session-tracker-gateways-${this.#deps.runId}`,
      from: 'latest',
      onBatch: async ({ records }) => records.forEach((record) => this.#read(record)),
      onFailed: this.#deps.onFailed,
    });
    await this.#subscription.ready;
    this.#listeningSince = this.#now();
    this.#timer = setInterval(() => void this.#tick(), BEAT_MS);
    this.#timer.unref();
    void this.#tick();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#subscription?.close();
    await this.#beating?.catch(() => {});
  }

  #now(): number {
    return Math.round(this.#origin + this.#deps.clock.monotonicMs());
  }

  /** Own beats come back: the bus can be written and read. */
  hears(): boolean {
    return this.#now() - (this.#leases.lastBeatAt ?? 0) < READ_BACK_MS;
  }

  leases(): readonly Lease[] {
    return [...this.#leases.of.values()];
  }

  /**
   * See ReportedIncarnation. A gateway reports before it says anything else, so an own beat that
   * comes back has its report before it.
   */
  async reportedIncarnation(gatewayId: string, seen: string): Promise<string | null> {
    const reported = (): string | null =>
      this.#leases.of.get(gatewayId)?.standing.incarnation ?? null;
    if (reported() === seen) return seen;
    const deafMs = this.#listeningSince + HEARD_ALL_MS - this.#now();
    await this.#until(() => reported() !== null, deafMs);
    await this.#beating?.catch(() => {});
    const at = Math.max(this.#now(), this.#lastBeatAt + 1);
    void this.#tick();
    await this.#until(() => (this.#leases.lastBeatAt ?? 0) >= at, READ_BACK_MS);
    return reported();
  }

  /** Looked at after each record; given up after `ms`. */
  async #until(met: () => boolean, ms: number): Promise<void> {
    if (met() || ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { met, resolve };
    this.#awaited.add(waiting);
    await Promise.race([promise, pause(ms, this.#stopping.signal)]);
    this.#awaited.delete(waiting);
  }

  /** One beat at a time: those that a broker held up must not come in a row as if it had not. */
  async #tick(): Promise<void> {
    if (this.#beating !== null) return;
    this.#lastBeatAt = Math.max(this.#now(), this.#lastBeatAt + 1);
    const beat: Beat = { kind: 'beat', writer: this.#writer, at: this.#lastBeatAt };
    const record = { topic: TOPICS.gateways, key: this.#writer, value: encodeJson(beat) };
    this.#beating = this.#deps.publisher.publish([{ ...record, headers: {} }]);
    // A beat that was not written is a gap, and a gap means that nobody is judged.
    await this.#beating.catch(() => {});
    this.#beating = null;
  }

  #read(record: DeliveredRecord): void {
    const parsed = parseGatewaysRecord(record.value);
    if (parsed?.kind === 'gateway')
      this.#take(applyReport(this.#leases, { ...parsed, at: record.timestampMs }));
    if (parsed?.kind === 'beat' && parsed.writer === this.#writer) this.#beat(parsed.at);
    for (const { met, resolve } of this.#awaited) if (met()) resolve();
  }

  #beat(at: number): void {
    const { gateways, judging } = this.#deps.seen();
    for (const seen of gateways) {
      const leaseMs = this.#deps.defaultLeaseMs;
      this.#leases = watchGateway(this.#leases, { ...seen, leaseMs });
    }
    this.#take(applyBeat(this.#leases, at, judging));
    this.#deps.onBeat(at);
  }

  #take({ leases, verdicts }: LeaseStep): void {
    this.#leases = leases;
    verdicts.forEach(this.#deps.onVerdict);
  }
}
