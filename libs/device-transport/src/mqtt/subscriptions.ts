import { encodeSuback, encodeUnsuback, SUBSCRIPTION_FAILED } from './codec/subscribe.codec.ts';
import type { RequestedFilter, SubscribePacket } from './codec/subscribe.codec.ts';
import type { LiveSession } from './live-session.ts';

/**
 * The filters of one session. In the device's own namespace they are a list, answered by push and by retained messages;
 * on shared topics aedes holds them. One SUBSCRIBE may mix both: its SUBACK is always written here, in order.
 */
export class Subscriptions<I> {
  readonly #owner: LiveSession<I>;
  #filters: Map<string, number> | null = null;

  constructor(owner: LiveSession<I>) {
    this.#owner = owner;
  }

  /** Filter → granted QoS. */
  get filters(): ReadonlyMap<string, number> {
    return this.#filters ?? NO_FILTERS;
  }

  subscribe(packet: SubscribePacket): void {
    const granted = packet.filters.map((requested) => this.#grant(requested));
    const shared = packet.filters.filter(
      ({ filter }, i) => granted[i] !== SUBSCRIPTION_FAILED && this.#owner.isShared(filter),
    );
    const answer = (): void => {
      this.#owner.write(encodeSuback(packet.packetId, granted));
      for (const [i, { filter }] of packet.filters.entries()) {
        const qos = granted[i] ?? SUBSCRIPTION_FAILED;
        if (qos !== SUBSCRIPTION_FAILED && !this.#owner.isShared(filter)) {
          this.#owner.sendRetained(filter, qos);
        }
      }
    };
    this.#subscribeShared(shared, answer);
  }

  unsubscribe(packet: { readonly packetId: number; readonly filters: readonly string[] }): void {
    let waiting = 1;
    const answer = (): void => {
      waiting -= 1;
      if (waiting === 0) this.#owner.write(encodeUnsuback(packet.packetId));
    };
    for (const filter of packet.filters) {
      this.#filters?.delete(filter);
      if (this.#owner.adopted === null || !this.#owner.isShared(filter)) continue;
      waiting += 1;
      this.#owner.adopted.unsubscribe(filter, answer);
    }
    answer();
  }

  /** Of a stored session, as far as this admission still allows them. */
  restore(filters: ReadonlyMap<string, number>): void {
    for (const [filter, qos] of filters) {
      const granted = this.#grant({ filter, qos: qos === 2 ? 2 : qos === 1 ? 1 : 0 });
      if (granted === SUBSCRIPTION_FAILED || !this.#owner.isShared(filter)) continue;
      this.#owner.adopt().subscribe(filter, granted, () => undefined);
    }
  }

  /** An own filter is granted QoS 1 at most [MQTT-3.8.4-6]: nothing is ever pushed with more. */
  #grant({ filter, qos }: RequestedFilter): 0 | 1 | 2 | typeof SUBSCRIPTION_FAILED {
    const { admission, context } = this.#owner;
    if (filter.startsWith('$SYS/') || !admission.maySubscribe(filter)) return SUBSCRIPTION_FAILED;
    this.#filters ??= new Map();
    if (!this.#filters.has(filter) && this.#filters.size >= context.limits.subscriptions) {
      return SUBSCRIPTION_FAILED;
    }
    const granted = qos === 2 && !this.#owner.isShared(filter) ? 1 : qos;
    this.#filters.set(filter, granted);
    return granted;
  }

  #subscribeShared(shared: readonly RequestedFilter[], answer: () => void): void {
    let waiting = shared.length;
    if (waiting === 0) {
      answer();
      return;
    }
    for (const { filter, qos } of shared) {
      this.#owner.adopt().subscribe(filter, qos, () => {
        waiting -= 1;
        if (waiting === 0) answer();
      });
    }
  }
}

const NO_FILTERS: ReadonlyMap<string, number> = new Map();
