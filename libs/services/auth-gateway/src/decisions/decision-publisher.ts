import {
  type DecisionRecord,
  type ExplainRecord,
  deviceRecordKey,
  encodeJson,
  type EventTypeName,
  productRecordKey,
  toCloudEventHeaders,
  TOPICS,
} from '@tallystick/contracts';
import type { BusPublisher, BusRecord, Clock, Ids } from '@tallystick/ports';
import { nameSetAside, publishAcceptable, type Logger } from '@tallystick/services-edge';
import {
  DecisionCounters,
  WINDOW_MS,
  type CountedDecision,
  type DecisionOut,
} from './decision-counters.ts';
import { byName, byUnit } from './decision-groups.ts';

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

/** Counts decisions and sends them: to identity.decisions.v1, and, with the unit that was named, to the topic that `explain` is made of. */
export class DecisionPublisher {
  readonly #deps: DecisionPublisherDeps;
  readonly #told: readonly { readonly counters: DecisionCounters; readonly toRecord: ToRecord }[];
  readonly #window: NodeJS.Timeout;
  readonly #sender: NodeJS.Timeout;
  #waiting: BusRecord[] = [];
  #sending: Promise<void> | null = null;

  constructor(deps: DecisionPublisherDeps) {
    this.#deps = deps;
    this.#told = [
      { counters: new DecisionCounters(deps.gatewayId, byName), toRecord: toPublicRecord },
      { counters: new DecisionCounters(deps.gatewayId, byUnit), toRecord: toExplainRecord },
    ];
    this.#window = setInterval(() => this.#endWindow(), WINDOW_MS);
    this.#sender = setInterval(() => this.#send(), SEND_MS);
  }

  add(decision: CountedDecision): void {
    const now = this.#deps.clock.now();
    for (const { counters, toRecord } of this.#told) {
      const out = counters.add(decision, now);
      if (out !== null) this.#enqueue(toRecord(out, this.#deps.ids.uuid()));
    }
  }

  #endWindow(): void {
    for (const { counters, toRecord } of this.#told)
      for (const out of counters.endWindow()) this.#enqueue(toRecord(out, this.#deps.ids.uuid()));
  }

  #enqueue(record: BusRecord): void {
    this.#waiting.push(record);
    if (this.#waiting.length > MAX_WAITING)
      this.#waiting.splice(0, this.#waiting.length - MAX_WAITING);
  }

  #send(): void {
    if (this.#sending !== null || this.#waiting.length === 0) return;
    const some = this.#waiting.slice(0, PER_SEND);
    this.#waiting = this.#waiting.slice(some.length);
    const { publisher, logger } = this.#deps;
    this.#sending = publishAcceptable(publisher, some, nameSetAside(logger, 'decision'))
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

type ToRecord = (out: DecisionOut, id: string) => BusRecord;

/** Of a device, its record key; of an unknown name, its product's; null where no known product was named. */
function keyOf({ tenant, record }: DecisionOut): string | null {
  const { productKey, deviceKey } = record;
  if (tenant === null || productKey === null) return null;
  if (deviceKey === null) return productRecordKey(tenant, productKey);
  return deviceRecordKey(tenant, productKey, deviceKey);
}

/** The ClientId of a refused login may be replayable: it stands on an internal topic alone. */
function toExplainRecord(out: DecisionOut, id: string): BusRecord {
  const value: ExplainRecord = { ...out.record, clientId: out.clientId };
  return {
    topic: TOPICS.explain,
    key: keyOf(out),
    value: encodeJson(value),
    headers: { ce_id: id },
  };
}

const EVENT_OF = {
  allow: 'ConnectAllowed',
  deny: 'ConnectDenied',
  end: 'SessionEnded',
} satisfies Record<DecisionRecord['decision'], EventTypeName>;

function toPublicRecord(out: DecisionOut, id: string): BusRecord {
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
