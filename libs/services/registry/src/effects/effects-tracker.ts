import { encodeJson, parseGatewaysRecord, TOPICS, type Beat } from '@tallystick/contracts';
import type { BusBatch, BusPublisher, BusRecord, Clock, DeliveredRecord } from '@tallystick/ports';
import { createWaiting } from './waiting.ts';
import { createGatewayHistory, type GatewayHistory } from './gateway-history.ts';

/** A registry that has not read its own beat for so long cannot tell what the gateways say. */
const BEAT_FRESH_MS = 3_000;
/**
 * A gateway that reported within this time is living: a reply to a device waits for it
 * (libs/README.md, rule 8).
 */
const LIVING_MS = 1_500;

export interface EffectsTrackerOptions {
  readonly clock: Clock;
  readonly registryId: string;
  readonly leaseMs: number;
}

/**
 * Reads the gateways' reports and wakes the callers that wait for a position. It knows no bus:
 * batches are handed to it.
 */
export interface EffectsTracker {
  readonly history: GatewayHistory;
  readonly onBatch: (batch: BusBatch) => Promise<void>;
  /** Writes this registry's beat, so that reading it back proves the way there and back. */
  beat(publisher: BusPublisher): Promise<void>;
  /** True while the own beat comes back: the bus can be written and read. */
  busReachable(): boolean;
  /** True when a gateway may exist that this registry has not heard of. */
  unknown(): boolean;
  /**
   * Resolves true when `condition` holds, false when the time is up; looks again at each report.
   */
  waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean>;
  /** Until every living gateway has the position on the fast lane. */
  waitLivingGateways(position: number, timeoutMs: number): Promise<boolean>;
  stop(): void;
}

function beatRecord(writer: string, at: number): BusRecord {
  const beat: Beat = { kind: 'beat', writer, at };
  const value = encodeJson(beat);
  return { topic: TOPICS.gateways, key: writer, value, headers: {}, transient: true };
}

export function createEffectsTracker(options: EffectsTrackerOptions): EffectsTracker {
  const { clock } = options;
  const writer = `registry/${options.registryId}`;
  // Own beats are compared with each other alone, and what is taken for the log's time may be
  // corrected at any moment.
  const origin = clock.now() - clock.monotonicMs();
  const ownNow = (): number => Math.round(origin + clock.monotonicMs());
  const startedAt = ownNow();
  const history = createGatewayHistory();
  const waiting = createWaiting();
  let lastOwnBeat = 0;
  // What is not read yet cannot be held against a gateway: how long it is silent is judged as of
  // here.
  let lastReadAt = 0;

  const caughtUp = (): boolean => lastOwnBeat >= startedAt;
  const busReachable = (): boolean => caughtUp() && ownNow() - lastOwnBeat < BEAT_FRESH_MS;

  const read = (record: DeliveredRecord): void => {
    const value = parseGatewaysRecord(record.value);
    if (value?.kind === 'beat' && value.writer === writer)
      lastOwnBeat = Math.max(lastOwnBeat, value.at);
    // While old records are read again, only the log can say when they came.
    const at = (): number => (caughtUp() ? clock.now() : record.timestampMs);
    if (value?.kind === 'gateway') history.record(value, at());
    if (value?.kind === 'retired') history.retire(value.gatewayId, at());
  };

  return {
    history,
    onBatch: (batch) => {
      for (const record of batch.records) read(record);
      lastReadAt = clock.now();
      waiting.lookAgain();
      return Promise.resolve();
    },
    beat: (publisher) => publisher.publish([beatRecord(writer, ownNow())]),
    busReachable,
    unknown: () => ownNow() - startedAt < options.leaseMs || !busReachable(),
    waitUntil: waiting.until,
    waitLivingGateways: (position, timeoutMs) =>
      waiting.until(() => history.livingHave(position, lastReadAt, LIVING_MS), timeoutMs),
    stop: waiting.end,
  };
}
