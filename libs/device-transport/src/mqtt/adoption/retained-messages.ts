import { matchesFilter } from '../codec/topics.ts';
import type { SessionTableLimits } from '../limits.ts';

export interface RetainedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
}

interface Held extends RetainedMessage {
  readonly sessionKey: string;
}

/** The part of a filter before its first wildcard: most topics are told apart by it without splitting. */
function literalPrefix(filter: string): string {
  const at = filter.search(/[+#]/);
  return at < 0 ? filter : filter.slice(0, at);
}

/** What may be retained, and what is: bounded in topics, topics of one session key, and bytes. */
export class RetainedMessages {
  readonly #limits: SessionTableLimits;
  readonly #held = new Map<string, Held>();
  readonly #topicsOf = new Map<string, number>();
  #bytes = 0;

  constructor(limits: SessionTableLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Takes the message in, or its topic out when the payload is empty [MQTT-3.3.1-10]. False: no room, it is not retained. */
  take(sessionKey: string, message: RetainedMessage): boolean {
    const before = this.#held.get(message.topic);
    if (message.payload.length === 0) {
      this.#remove(before);
      return true;
    }
    const own = this.#topicsOf.get(sessionKey) ?? 0;
    const bytes = this.#bytes + message.payload.length - (before?.payload.length ?? 0);
    if (bytes > this.#limits.retainedBytes) return false;
    const fresh = before?.sessionKey !== sessionKey;
    if (fresh && own >= this.#limits.retainedTopicsPerKey) return false;
    if (before === undefined && this.#held.size >= this.#limits.retainedTopics) return false;
    this.#remove(before);
    const { topic, payload, qos } = message;
    this.#held.set(topic, { topic, payload, qos, sessionKey });
    this.#topicsOf.set(sessionKey, (this.#topicsOf.get(sessionKey) ?? 0) + 1);
    this.#bytes += payload.length;
    return true;
  }

  /** Those of one session key: a topic may outlive the life, the unit or the tenant that used it last. */
  matching(filter: string, sessionKey: string): RetainedMessage[] {
    if (this.#held.size === 0) return [];
    const prefix = literalPrefix(filter);
    const found: RetainedMessage[] = [];
    for (const held of this.#held.values()) {
      // `a/#` selects `a` too [MQTT-4.7.1-2], which is shorter than the prefix `a/`.
      const near = held.topic.startsWith(prefix) || `${held.topic}/` === prefix;
      if (held.sessionKey !== sessionKey) continue;
      if (near && matchesFilter(filter, held.topic)) found.push(held);
    }
    return found;
  }

  #remove(held: Held | undefined): void {
    if (held === undefined) return;
    this.#held.delete(held.topic);
    this.#bytes -= held.payload.length;
    const left = (this.#topicsOf.get(held.sessionKey) ?? 1) - 1;
    if (left > 0) this.#topicsOf.set(held.sessionKey, left);
    else this.#topicsOf.delete(held.sessionKey);
  }
}
