import { deviceRecordKey, telemetryTopic } from '@tallystick/contracts';
import { isPortError, OncePerMinute } from '@tallystick/kernel';
import {
  pause,
  recordBytes,
  type BusPublisher,
  type BusRecord,
  type EventBus,
} from '@tallystick/ports';
import {
  nameSetAside,
  publishAcceptable,
  type Aside,
  type Logger,
} from '@tallystick/services-edge';
import type { DeviceIdentity } from '../gateway.types.ts';

export interface UplinkMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

interface Waiting {
  readonly tenant: string;
  readonly record: BusRecord;
  /** Topic and headers included. */
  readonly bytes: number;
  readonly done: (accepted: boolean) => void;
}

const PER_SEND = 500;
const BYTES_PER_SEND = 500_000;
const RETRY_MS = 500;
const MAX_WAITING = 10_000;
const MAX_BYTES = 16 * 1_048_576;

/**
 * Hands uplink messages to `telemetry.<tenant>.v1`; a message is accepted when the bus has it.
 * While the bus is away a bounded number waits, the next is refused.
 */
export class TelemetrySink {
  readonly #bus: EventBus;
  readonly #publisher: BusPublisher;
  readonly #logger: Logger;
  readonly #aside: Aside;
  readonly #ensured = new Set<string>();
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  readonly #minute = new OncePerMinute();
  #running = false;
  #closed = false;

  constructor(bus: EventBus, publisher: BusPublisher, logger: Logger) {
    this.#bus = bus;
    this.#publisher = publisher;
    this.#logger = logger;
    this.#aside = nameSetAside(logger, 'telemetry');
  }

  add(identity: DeviceIdentity, message: UplinkMessage, done: (accepted: boolean) => void): void {
    const full = this.#waiting.length >= MAX_WAITING || this.#bytes >= MAX_BYTES;
    if (this.#closed || full) return done(false);
    const { tenant, productKey, deviceKey, dialect, clientId } = identity;
    const record: BusRecord = {
      topic: telemetryTopic(tenant).name,
      key: deviceRecordKey(tenant, productKey, deviceKey),
      value: message.payload,
      headers: { topic: message.topic, dialect, clientid: clientId },
    };
    const bytes = recordBytes(record);
    this.#waiting.push({ tenant, record, bytes, done });
    this.#bytes += bytes;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0 && !this.#closed) {
      const some = this.#next();
      const refused = new Set<BusRecord>();
      try {
        const unfit = await this.#findUnfit(some);
        const all = some.map(({ record }) => record);
        for (const record of all) if (unfit.has(record.topic)) refused.add(record);
        const records = all.filter((record) => !refused.has(record));
        await publishAcceptable(this.#publisher, records, (record, why) => {
          refused.add(record);
          this.#aside(record, why);
        });
      } catch (err) {
        this.#logger.debug({ err }, 'telemetry waits for the bus');
        await pause(RETRY_MS);
        continue;
      }
      this.#waiting.splice(0, some.length);
      for (const { record, bytes, done } of some) {
        this.#bytes -= bytes;
        // What no bus takes is not acknowledged either.
        done(!refused.has(record));
      }
    }
    this.#running = false;
  }

  /** The front of the queue, as much as one request may hold. */
  #next(): readonly Waiting[] {
    let sum = 0;
    const end = this.#waiting.findIndex(
      ({ bytes }, i) => i >= PER_SEND || (sum += bytes) > BYTES_PER_SEND,
    );
    return this.#waiting.slice(0, end < 0 ? this.#waiting.length : Math.max(1, end));
  }

  /**
   * The topics that cannot be used as they are. Their messages are refused, so that other messages
   * do not wait for them.
   */
  async #findUnfit(some: readonly Waiting[]): Promise<ReadonlySet<string>> {
    const unfit = new Set<string>();
    for (const tenant of new Set(some.map((one) => one.tenant))) {
      const topic = telemetryTopic(tenant);
      if (this.#ensured.has(topic.name)) continue;
      try {
        await this.#bus.ensureTopics([topic]);
        this.#ensured.add(topic.name);
      } catch (error) {
        if (!isPortError(error, 'misconfigured')) throw error;
        unfit.add(topic.name);
        if (this.#minute.due(performance.now()))
          this.#logger.error({ problem: error.message }, 'telemetry is refused');
      }
    }
    return unfit;
  }

  /** What waits is refused: its device sends it again elsewhere. */
  close(): void {
    this.#closed = true;
    for (const { done } of this.#waiting.splice(0)) done(false);
  }
}
