import { matchesFilter } from '../codec/topics.ts';
import type { SessionTableLimits } from '../limits.ts';
import { messageBytes } from '../message-bytes.ts';

export interface RetainedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
}

interface Held extends RetainedMessage {
  readonly sessionKey: string;
}

/** What may be retained, and what is: bounded in topics, topics of one session key, and bytes. */
export class RetainedMessages {
  readonly #limits: SessionTableLimits;
  readonly #held = new Map<string, Held>();
  /** The same by session key, so that a SUBSCRIBE costs only what its own key has retained. */
  readonly #heldOf = new Map<string, Map<string, Held>>();
  #bytes = 0;

  constructor(limits: SessionTableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#held.size;
  }

  /**
   * Takes the message in, or its topic out when the payload is empty [MQTT-3.3.1-10]. False: no
   * room, it is not retained.
   */
  take(sessionKey: string, message: RetainedMessage): boolean {
    const before = this.#held.get(message.topic);
    if (message.payload.length === 0) {
      this.#remove(before);
      return true;
    }
    if (!this.#hasRoom(sessionKey, message, before)) return false;
    this.#remove(before);
    const { topic, payload, qos } = message;
    const held: Held = { topic, payload, qos, sessionKey };
    this.#held.set(topic, held);
    const own = this.#heldOf.get(sessionKey) ?? new Map<string, Held>();
    this.#heldOf.set(sessionKey, own.set(topic, held));
    this.#bytes += messageBytes(held);
    return true;
  }

  #hasRoom(sessionKey: string, message: RetainedMessage, before: Held | undefined): boolean {
    const { retainedBytes, retainedTopics, retainedTopicsPerKey } = this.#limits;
    const freed = before === undefined ? 0 : messageBytes(before);
    if (this.#bytes + messageBytes(message) - freed > retainedBytes) return false;
    const own = this.#heldOf.get(sessionKey)?.size ?? 0;
    if (before?.sessionKey !== sessionKey && own >= retainedTopicsPerKey) return false;
    return before !== undefined || this.#held.size < retainedTopics;
  }

  /**
   * Those of one session key: a topic may outlive the life, the unit or the tenant that used it
   * last.
   */
  matching(filter: string, sessionKey: string): RetainedMessage[] {
    const own = this.#heldOf.get(sessionKey);
    if (own === undefined) return [];
    return [...own.values()].filter(({ topic }) => matchesFilter(filter, topic));
  }

  #remove(held: Held | undefined): void {
    if (held === undefined) return;
    this.#held.delete(held.topic);
    this.#bytes -= messageBytes(held);
    const own = this.#heldOf.get(held.sessionKey);
    own?.delete(held.topic);
    if (own?.size === 0) this.#heldOf.delete(held.sessionKey);
  }
}
