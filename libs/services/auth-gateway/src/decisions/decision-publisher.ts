import {
  type DecisionRecord,
  deviceRecordKey,
  encodeJson,
  type EventTypeName,
  productRecordKey,
  toCloudEventHeaders,
  TOPICS,
} from '@tallystick/contracts';
import type { BusPublisher, BusRecord, Clock, Ids } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import {
  DecisionCounters,
  WINDOW_MS,
  type CountedDecision,
  type DecisionOut,
} from './decision-counters.ts';

export interface DecisionPublisherDeps {
  readonly publisher: BusPublisher;
  readonly gatewayId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

const SEND_MS = 100;
const PER_SEND = 1_000;
/** What waits while the bus is away; the oldest goes first. Decisions explain, they are no truth. */
const MAX_WAITING = 10_000;

/** Counts decisions and sends them to identity.decisions.v1. */
export class DecisionPublisher {
  readonly #deps: DecisionPublisherDeps;
  readonly #counters: DecisionCounters;
  readonly #window: NodeJS.Timeout;
  readonly #sender: NodeJS.Timeout;
  #waiting: BusRecord[] = [];
  #sending: Promise<void> | null = null;

  constructor(deps: DecisionPublisherDeps) {
    this.#deps = deps;
    this.#counters = new DecisionCounters(deps.gatewayId);
    this.#window = setInterval(() => this.#endWindow(), WINDOW_MS);
    this.#sender = setInterval(() => this.#send(), SEND_MS);
  }

  add(decision: CountedDecision): void {
    const out = this.#counters.add(decision, this.#deps.clock.now());
    if (out !== null) this.#enqueue(out);
  }

  #endWindow(): void {
    for (const out of this.#counters.endWindow()) this.#enqueue(out);
  }

  #enqueue(out: DecisionOut): void {
    this.#waiting.push(toRecord(out, this.#deps.ids.uuid()));
    if (this.#waiting.length > MAX_WAITING)
      this.#waiting.splice(0, this.#waiting.length - MAX_WAITING);
  }

  #send(): void {
    if (this.#sending !== null || this.#waiting.length === 0) return;
    const some = this.#waiting.slice(0, PER_SEND);
    this.#waiting = this.#waiting.slice(some.length);
    this.#sending = this.#deps.publisher
      .publish(some)
      .catch((err: unknown) => {
        this.#deps.logger.debug({ err }, 'decisions wait for the bus');
        this.#waiting = [...some, ...this.#waiting].slice(-MAX_WAITING);
      })
      .finally(() => (this.#sending = null));
  }

  async close(): Promise<void> {
    clearInterval(this.#window);
    clearInterval(this.#sender);
    await this.#sending;
    this.#endWindow();
    this.#send();
    await this.#sending;
  }
}

/** Of a device, its record key; of a claimed name that nobody has, the name; null where no name was said. */
function keyOf({ tenant, record }: DecisionOut): string | null {
  const { productKey, deviceKey } = record;
  if (productKey === null) return null;
  if (deviceKey === null) return productRecordKey(tenant ?? '', productKey);
  return deviceRecordKey(tenant ?? '', productKey, deviceKey);
}

const EVENT_OF = {
  allow: 'ConnectAllowed',
  deny: 'ConnectDenied',
  end: 'SessionEnded',
} satisfies Record<DecisionRecord['decision'], EventTypeName>;

function toRecord(out: DecisionOut, id: string): BusRecord {
  const { record, tenant, deviceId } = out;
  const headers = toCloudEventHeaders({
    app: 'auth-gateway',
    id,
    type: EVENT_OF[record.decision],
    schemaVersion: 1,
    time: out.atMs,
    tenant: tenant ?? '',
    subject: deviceId,
    actor: `gateway:${record.gatewayId}`,
    correlationId: id,
    causationId: id,
    place: { in: 'none' },
  });
  return { topic: TOPICS.decisions, key: keyOf(out), value: encodeJson(record), headers };
}
