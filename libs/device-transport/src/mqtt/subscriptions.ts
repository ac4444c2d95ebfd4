import { encodeSuback, encodeUnsuback, SUBSCRIPTION_FAILED } from './codec/subscribe.codec.ts';
import type { RequestedFilter, SubscribePacket } from './codec/subscribe.codec.ts';
import type { AdoptedClient } from './adoption/adopted-client.ts';
import type { ByteRoom } from './byte-room.ts';
import { filterCost } from './filter-cost.ts';
import type { MqttLimits } from './limits.ts';

/** What the filters of a session ask of it. */
export interface FilterOwner {
  readonly adopted: AdoptedClient | null;
  adopt(): AdoptedClient;
  maySubscribe(filter: string): boolean;
  isShared(filter: string): boolean;
  sendRetained(filter: string, granted: number): void;
  /** Called after the SUBACK, with what was granted. */
  subscribed(filters: ReadonlyMap<string, 0 | 1 | 2>): void;
  write(bytes: Buffer): void;
}

/**
 * The filters of one session. In the device's own namespace they are a list, answered by what the
 * same session key has retained; on shared topics aedes holds them. One SUBSCRIBE may mix both: its
 * SUBACK is always written here, in order.
 */
export class Subscriptions {
  readonly #owner: FilterOwner;
  readonly #limits: MqttLimits;
  /** The room that all live sessions share. */
  readonly #room: ByteRoom;
  #filters: Map<string, number> | null = null;
  #bytes = 0;

  constructor(owner: FilterOwner, limits: MqttLimits, room: ByteRoom) {
    this.#owner = owner;
    this.#limits = limits;
    this.#room = room;
  }

  /** Filter → granted QoS. */
  get filters(): ReadonlyMap<string, number> {
    return this.#filters ?? NO_FILTERS;
  }

  /**
   * A filter that is named again and again in one packet is one subscription, at the QoS it was
   * named with last.
   */
  subscribe(packet: SubscribePacket): void {
    const granted = packet.filters.map((requested) => this.#grant(requested));
    const once = new Map(packet.filters.map(({ filter }, i) => [filter, granted[i]] as const));
    const shared: RequestedFilter[] = [];
    const own: RequestedFilter[] = [];
    const all = new Map<string, 0 | 1 | 2>();
    for (const [filter, qos] of once) {
      if (qos === undefined || qos === SUBSCRIPTION_FAILED) continue;
      (this.#owner.isShared(filter) ? shared : own).push({ filter, qos });
      all.set(filter, qos);
    }
    const answer = (): void => {
      this.#owner.write(encodeSuback(packet.packetId, granted));
      for (const { filter, qos } of own) this.#owner.sendRetained(filter, qos);
      this.#owner.subscribed(all);
    };
    this.#subscribeShared(shared, answer);
  }

  /** The session has ended: nothing of it counts any more among the live ones. */
  release(): void {
    this.#room.give(this.#bytes);
    this.#bytes = 0;
  }

  unsubscribe(packet: { readonly packetId: number; readonly filters: readonly string[] }): void {
    let waiting = 1;
    const answer = (): void => {
      waiting -= 1;
      if (waiting === 0) this.#owner.write(encodeUnsuback(packet.packetId));
    };
    for (const filter of packet.filters) {
      this.#forget(filter);
      if (this.#owner.adopted === null || !this.#owner.isShared(filter)) continue;
      waiting += 1;
      this.#owner.adopted.unsubscribe(filter, answer);
    }
    answer();
  }

  /** Restores the filters of a stored session that this admission still allows. */
  restore(filters: ReadonlyMap<string, number>): void {
    for (const [filter, qos] of filters) {
      const granted = this.#grant({ filter, qos: qos === 2 ? 2 : qos === 1 ? 1 : 0 });
      if (granted === SUBSCRIPTION_FAILED || !this.#owner.isShared(filter)) continue;
      this.#owner.adopt().subscribe(filter, granted, () => undefined);
    }
  }

  /** Takes away what its owner may no longer subscribe to. */
  review(): void {
    for (const filter of this.filters.keys()) {
      if (this.#owner.maySubscribe(filter)) continue;
      this.#forget(filter);
      this.#owner.adopted?.unsubscribe(filter, () => undefined);
    }
  }

  /** An own filter is granted QoS 1 at most [MQTT-3.8.4-6]: nothing is ever sent with more. */
  #grant({ filter, qos }: RequestedFilter): 0 | 1 | 2 | typeof SUBSCRIPTION_FAILED {
    if (!this.#owner.maySubscribe(filter)) return SUBSCRIPTION_FAILED;
    if (this.#filters?.has(filter) !== true && !this.#takeRoom(filter)) return SUBSCRIPTION_FAILED;
    const granted = qos === 2 && !this.#owner.isShared(filter) ? 1 : qos;
    this.#filters ??= new Map();
    this.#filters.set(filter, granted);
    return granted;
  }

  /** For a new filter: of this session, and of all. False: there is none, nothing was taken. */
  #takeRoom(filter: string): boolean {
    const limits = this.#limits;
    const cost = filterCost(filter);
    if ((this.#filters?.size ?? 0) >= limits.subscriptions) return false;
    if (this.#bytes + cost > limits.subscriptionBytes) return false;
    const isLong = Buffer.byteLength(filter) > limits.filterBytes;
    if (isLong && !this.#owner.isShared(filter)) return false;
    if (!this.#room.take(cost)) return false;
    this.#bytes += cost;
    return true;
  }

  #forget(filter: string): void {
    if (this.#filters?.delete(filter) !== true) return;
    this.#room.give(filterCost(filter));
    this.#bytes -= filterCost(filter);
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
