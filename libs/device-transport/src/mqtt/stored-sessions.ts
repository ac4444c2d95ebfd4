import type { OutgoingMessage } from '@tallystick/ports';
import { matchesFilter } from './codec/topics.ts';
import { filterCost } from './filter-cost.ts';
import type { MqttLimits, SessionTableLimits } from './limits.ts';
import { messageBytes } from './message-bytes.ts';

export interface StoredMessage {
  readonly message: OutgoingMessage;
  /** The id it was on the wire with; null: it never was. */
  readonly packetId: number | null;
}

/** What a session with clean session 0 keeps while its device is away. */
export interface StoredSession {
  readonly filters: ReadonlyMap<string, number>;
  readonly queue: StoredMessage[];
  readonly limits: Pick<MqttLimits, 'queuedMessages' | 'queuedBytes'>;
}

interface Kept {
  readonly session: StoredSession;
  readonly until: number;
  queuedBytes: number;
  /** All it costs. */
  bytes: number;
}

/** What a stored session costs besides its filters and messages. */
const SESSION_BYTES = 512;

/** The highest QoS that a matching filter grants; -1: none matches. */
export function grantedQos(filters: ReadonlyMap<string, number>, topic: string): number {
  let granted = filters.get(topic) ?? -1;
  for (const [filter, qos] of filters) {
    if (qos > granted && matchesFilter(filter, topic)) granted = qos;
  }
  return granted;
}

const queuedBytesOf = ({ queue }: StoredSession): number =>
  queue.reduce((sum, { message }) => sum + messageBytes(message), 0);

function filterBytesOf({ filters }: StoredSession): number {
  let bytes = 0;
  for (const filter of filters.keys()) bytes += filterCost(filter);
  return bytes;
}

/**
 * Sessions whose devices are away, the longest away first: bounded in number, age and bytes,
 * filters included.
 */
export class StoredSessions {
  readonly #limits: SessionTableLimits;
  readonly #monotonicMs: () => number;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: SessionTableLimits, monotonicMs: () => number) {
    this.#limits = limits;
    this.#monotonicMs = monotonicMs;
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  put(key: string, session: StoredSession): void {
    this.#drop(key);
    const queuedBytes = queuedBytesOf(session);
    const bytes = SESSION_BYTES + filterBytesOf(session) + queuedBytes;
    const until = this.#monotonicMs() + this.#limits.storedSeconds * 1000;
    this.#kept.set(key, { session, until, queuedBytes, bytes });
    this.#bytes += bytes;
    this.#makeRoom();
  }

  /** Gives it to the one that resumes (or wipes) it; undefined: nothing stored. */
  take(key: string): StoredSession | undefined {
    this.#makeRoom();
    const kept = this.#kept.get(key);
    this.#drop(key);
    return kept?.session;
  }

  /**
   * Queues a message for a device that is away, if it subscribed with QoS 1. False: not stored, not
   * subscribed, or full.
   */
  enqueue(key: string, message: OutgoingMessage): boolean {
    this.#makeRoom();
    const kept = this.#kept.get(key);
    if (kept === undefined || message.qos === 0) return false;
    const { filters, queue, limits } = kept.session;
    if (grantedQos(filters, message.topic) < 1) return false;
    const size = messageBytes(message);
    if (queue.length >= limits.queuedMessages || kept.queuedBytes + size > limits.queuedBytes)
      return false;
    if (this.#bytes + size > this.#limits.storedBytes) return false;
    queue.push({ message: { ...message, payload: Buffer.from(message.payload) }, packetId: null });
    kept.queuedBytes += size;
    kept.bytes += size;
    this.#bytes += size;
    return true;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= kept.bytes;
  }

  /** A map keeps the order of insertion, and all live equally long: the front is the oldest. */
  #makeRoom(): void {
    const now = this.#monotonicMs();
    for (const [key, { until }] of this.#kept) {
      const full =
        this.#kept.size > this.#limits.storedSessions || this.#bytes > this.#limits.storedBytes;
      if (!full && until > now) return;
      this.#drop(key);
    }
  }
}
