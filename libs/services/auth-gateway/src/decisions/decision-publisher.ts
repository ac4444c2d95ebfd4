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
import { DecisionCounters, WINDOW_MS, type DecisionOut } from './decision-counters.ts';
import { byName, byUnit, type CountedDecision } from './decision-groups.ts';

export interface DecisionPublisherDeps {
  readonly publisher: BusPublisher;
  readonly gatewayId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

const SEND_MS = 100;
const PER_SEND = 1_000;
/**
 * What waits while the bus is away; the oldest goes first. Decisions explain, they are no truth.
 */
const MAX_WAITING = 10_000;

/** Decisions that are not counted yet, between two ticks. */
const MAX_SAID = 5_000;

interface Said {
  readonly decision: CountedDecision;
  readonly at: number;
}

/**
 * Counts decisions and sends them: to identity.decisions.v1, and, with the unit that was named, to
 * the topic that `explain` is made of. `add` is called before a device gets its answer: it only
 * notes, so that a known name costs what an unknown one costs.
 */
export class DecisionPublisher {
  readonly #deps: DecisionPublisherDeps;
  readonly #told: readonly { readonly counters: DecisionCounters; readonly toRecord: ToRecord }[];
  readonly #window: NodeJS.Timeout;
  readonly #sender: NodeJS.Timeout;
  #said: Said[] = [];
  #waiting: (() => BusRecord)[] = [];
  #sending: Promise<void> | null = null;

  constructor(deps: DecisionPublisherDeps) {
    this.#deps = deps;
    this.#told = [
      { counters: new DecisionCounters(deps.gatewayId, byName), toRecord: toPublicRecord },
      { counters: new DecisionCounters(deps.gatewayId, byUnit), toRecord: toExplainRecord },
    ];
    this.#window = setInterval(() => this.#endWindow(), WINDOW_MS);
    this.#sender = setInterval(() => this.#tick(), SEND_MS);
  }

  add(decision: CountedDecision): void {
    this.#said.push({ decision, at: this.#deps.clock.now() });
    if (this.#said.length >= MAX_SAID) this.#count();
  }

  #count(): void {
    const said = this.#said;
    this.#said = [];
    for (const { counters, toRecord } of this.#told)
      for (const { decision, at } of said) {
        const out = counters.add(decision, at);
        if (out !== null) this.#enqueue(toRecord, [out]);
      }
  }

  #endWindow(): void {
    this.#count();
    for (const { counters, toRecord } of this.#told) this.#enqueue(toRecord, counters.endWindow());
  }

  #enqueue(toRecord: ToRecord, out: readonly DecisionOut[]): void {
    for (const one of out) this.#waiting.push(() => toRecord(one, this.#deps.ids.uuid()));
    if (this.#waiting.length > MAX_WAITING)
      this.#waiting.splice(0, this.#waiting.length - MAX_WAITING);
  }

  #tick(): void {
    this.#count();
    this.#send();
  }

  #send(): void {
    if (this.#sending !== null || this.#waiting.length === 0) return;
    const some = this.#waiting.slice(0, PER_SEND).map((make) => make());
    this.#waiting = this.#waiting.slice(some.length);
    const { publisher, logger } = this.#deps;
    this.#sending = publishAcceptable(publisher, some, nameSetAside(logger, 'decision'))
      .catch((err: unknown) => {
        this.#deps.logger.debug({ err }, 'decisions wait for the bus');
        // The same records again, under the ids that they have.
        const again = some.map((record) => () => record);
        this.#waiting = [...again, ...this.#waiting].slice(-MAX_WAITING);
      })
      .finally(() => (this.#sending = null));
  }

  /** What is counted goes out, as far as the bus takes it. */
  async close(): Promise<void> {
    clearInterval(this.#window);
    clearInterval(this.#sender);
    await this.#sending;
    this.#endWindow();
    for (let left = Infinity; this.#waiting.length < left;) {
      left = this.#waiting.length;
      this.#send();
      await this.#sending;
    }
  }
}

type ToRecord = (out: DecisionOut, id: string) => BusRecord;

/**
 * The record key of the device; for an unknown name that of its product; null where no known
 * product was named.
 */
function keyOf(tenant: string | null, record: DecisionRecord): string | null {
  const { productKey, deviceKey } = record;
  if (tenant === null || productKey === null) return null;
  if (deviceKey === null) return productRecordKey(tenant, productKey);
  return deviceRecordKey(tenant, productKey, deviceKey);
}

/** The ClientId of a refused login may be replayable: it stands on an internal topic alone. */
function toExplainRecord(out: DecisionOut, id: string): BusRecord {
  const value: ExplainRecord = { ...out.toRecord(), clientId: out.clientId };
  return {
    topic: TOPICS.explain,
    key: keyOf(out.tenant, value),
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
  const { tenant, deviceId } = out;
  const record = out.toRecord();
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
  return {
    topic: TOPICS.decisions,
    key: keyOf(tenant, record),
    value: encodeJson(record),
    headers,
  };
}
