import {
  decodeJson,
  encodeJson,
  parseBusCommand,
  TOPICS,
  type BusCommand,
  type GatewayReport,
  type SessionDescription,
  type SessionSignal,
  type SignalBatch,
} from '@tallystick/contracts';
import { partitionOf } from '@tallystick/kernel';
import type { BusPublisher, DeliveredRecord, EventBus, SubscribeOptions } from '@tallystick/ports';

const DEADLINE_MS = 40_000;

export function describe(
  deviceKey: string,
  sessionId: string,
  given: Partial<SessionDescription> = {},
): SessionDescription {
  return {
    sessionId,
    tenant: 'default',
    productKey: 'pk',
    deviceKey,
    deviceId: `dv_${deviceKey}`,
    generation: 1,
    unit: null,
    clientId: `${deviceKey}-client`,
    transport: 'tcp',
    dialect: 'alibaba',
    remoteAddress: '192.0.2.1:4711',
    secretVersion: 1,
    openedAt: Date.now(),
    ...given,
  };
}

export const opened = (session: SessionDescription): SessionSignal => ({ type: 'opened', session });

export const announced = (session: SessionDescription): SessionSignal => ({
  type: 'announced',
  session,
});

export const closed = (
  session: SessionDescription,
  reason: Extract<SessionSignal, { type: 'closed' }>['reason'] = 'client',
): SessionSignal => ({ type: 'closed', session, reason, at: Date.now() });

/** Reads a topic from its start to the end of the spec, committed records alone. */
export class TopicReader {
  readonly records: DeliveredRecord[] = [];
  readonly #waiting = new Set<() => void>();

  static async open(bus: EventBus, topic: string): Promise<TopicReader> {
    const reader = new TopicReader();
    const options: SubscribeOptions = {
      topics: [topic],
      group: `spec-${crypto.randomUUID()}`,
      from: 'earliest',
      onBatch: async ({ records }) => {
        reader.records.push(...records);
        for (const look of [...reader.#waiting]) look();
      },
    };
    await (
      await bus.subscribe(options)
    ).ready;
    return reader;
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(deadline);
        this.#waiting.delete(look);
        resolve();
      };
      const deadline = setTimeout(() => {
        reject(new Error(`${what} did not come; read: ${sayings(this.records).join(', ')}`));
      }, DEADLINE_MS);
      this.#waiting.add(look);
    });
  }

  /** What was said of a device, as `Type session epoch [reason]`. */
  said(deviceKey: string): string[] {
    return sayings(this.records.filter(({ key }) => key === `default/pk/${deviceKey}`));
  }

  commands(): BusCommand[] {
    return this.records.flatMap(({ value }) => parseBusCommand(value) ?? []);
  }
}

function sayings(records: readonly DeliveredRecord[]): string[] {
  return records.map(({ headers, value }) => {
    const data = value === null ? null : decodeJson(value);
    const type = headers['ce_type']?.split('.')[1];
    const words = [type, data?.['sessionId'], headers['ce_epoch'], data?.['reason']];
    return words.filter((word) => word !== undefined).join(' ');
  });
}

/** A gateway as the log sees it. */
export class GatewayVoice {
  readonly gatewayId: string;
  incarnation: string;
  term = 1;
  leaseMs = 60_000;
  readonly #bus: EventBus;
  readonly #publisher: BusPublisher;

  constructor(bus: EventBus, publisher: BusPublisher, gatewayId: string) {
    this.#bus = bus;
    this.#publisher = publisher;
    this.gatewayId = gatewayId;
    this.incarnation = `${gatewayId}-1`;
  }

  static async open(bus: EventBus, gatewayId: string): Promise<GatewayVoice> {
    return new GatewayVoice(bus, await bus.openPublisher(), gatewayId);
  }

  /** One record for each partition that the signals fall into. */
  async say(...signals: readonly SessionSignal[]): Promise<void> {
    const { gatewayId, incarnation, term } = this;
    const count = this.#bus.partitions(TOPICS.sessions);
    const byPartition = Map.groupBy(signals, ({ session }) => {
      const { tenant, productKey, deviceKey } = session;
      return partitionOf(`${tenant}/${productKey}/${deviceKey}`, count);
    });
    await this.#publisher.publish(
      [...byPartition].map(([partition, ofPartition]) => {
        const batch: SignalBatch = { gatewayId, incarnation, term, signals: ofPartition };
        const place = { topic: TOPICS.sessions, partition, key: String(partition) };
        return { ...place, value: encodeJson(batch), headers: {} };
      }),
    );
  }

  async report(given: Partial<GatewayReport> = {}): Promise<void> {
    const { gatewayId, incarnation, term, leaseMs } = this;
    const report: GatewayReport = {
      kind: 'gateway',
      ...{ gatewayId, incarnation, term, leaseMs, ready: true, released: false },
      ...{ reportedAt: Date.now(), fastPosition: 0, bulkPosition: 0, stalenessMs: 0, sessions: 0 },
      ...{ longestBudgetMs: 1, tokenBudgetMs: 1, cuts: [] },
      ...given,
    };
    const place = { topic: TOPICS.gateways, key: gatewayId };
    await this.#publisher.publish([{ ...place, value: encodeJson(report), headers: {} }]);
  }
}
