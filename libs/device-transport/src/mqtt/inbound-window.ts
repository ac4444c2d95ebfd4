import type { ByteRoom } from './byte-room.ts';
import type { MqttLimits } from './limits.ts';

/**
 * QoS 2 messages of one connection between PUBLISH and PUBREL: aedes keeps each with its payload,
 * and bounds their number alone. A message that is sent again under its id counts once.
 */
export class InboundWindow {
  readonly #limits: Pick<MqttLimits, 'inboundQos2' | 'inboundQos2Bytes'>;
  readonly #room: ByteRoom;
  readonly #bytesOf = new Map<number, number>();
  #bytes = 0;

  constructor(limits: Pick<MqttLimits, 'inboundQos2' | 'inboundQos2Bytes'>, room: ByteRoom) {
    this.#limits = limits;
    this.#room = room;
  }

  /** False: one more than the bound, it is not to be taken. */
  begin(packetId: number, bytes: number): boolean {
    if (this.#bytesOf.has(packetId)) return true;
    if (this.#bytesOf.size >= this.#limits.inboundQos2) return false;
    // One is always let through: a packet may be larger than the bound.
    const full = this.#bytes + bytes > this.#limits.inboundQos2Bytes;
    if (full && this.#bytesOf.size > 0) return false;
    if (!this.#room.take(bytes)) return false;
    this.#bytesOf.set(packetId, bytes);
    this.#bytes += bytes;
    return true;
  }

  end(packetId: number): void {
    const bytes = this.#bytesOf.get(packetId) ?? 0;
    this.#bytes -= bytes;
    this.#room.give(bytes);
    this.#bytesOf.delete(packetId);
  }

  /** The session has ended. */
  release(): void {
    this.#room.give(this.#bytes);
    this.#bytes = 0;
    this.#bytesOf.clear();
  }
}
