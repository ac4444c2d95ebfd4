import type { OutgoingMessage } from '@tallystick/ports';
import { encodePublish } from './codec/publish.codec.ts';
import type { ByteRoom } from './byte-room.ts';
import type { MqttLimits } from './limits.ts';
import { messageBytes } from './message-bytes.ts';
import type { StoredMessage } from './stored-sessions.ts';

/** `retain`: sent because of a new subscription; a stored session does not send it again. */
export interface Downward extends OutgoingMessage {
  readonly retain?: boolean;
}

interface InFlight {
  readonly message: Downward;
  /** A greeting belongs to one admission: it is never sent again to the next. */
  readonly storable: boolean;
}

const MAX_PACKET_ID = 65_535;

/**
 * What goes down one connection: packet ids, QoS 1 messages on the wire, and the bounded queue
 * behind them.
 */
export class Downlink {
  /** Shared with an adopted aedes client, so that an acknowledgement has one meaning. */
  nextId = 1;
  readonly #limits: MqttLimits;
  readonly #room: ByteRoom;
  readonly #write: (bytes: Buffer) => void;
  readonly #inflight = new Map<number, InFlight>();
  #inflightBytes = 0;
  readonly #waiting: Downward[] = [];
  #waitingBytes = 0;

  constructor(limits: MqttLimits, room: ByteRoom, write: (bytes: Buffer) => void) {
    this.#limits = limits;
    this.#room = room;
    this.#write = write;
  }

  get unacknowledged(): number {
    return this.#inflight.size + this.#waiting.length;
  }

  /**
   * The id to use next: not one of ours that is still on the wire. What is in flight is bounded far
   * below the number of ids.
   */
  freeId(): number {
    for (let tried = 0; tried < MAX_PACKET_ID && this.#inflight.has(this.nextId); tried += 1)
      this.#step();
    return this.nextId;
  }

  /**
   * A QoS 1 message put on the wire now, whatever is in flight: for greetings, and for what `send`
   * has found room for.
   */
  encode(message: Downward, storable: boolean): Buffer {
    const { topic, payload, qos, retain = false } = message;
    if (qos === 0) return encodePublish({ topic, payload, qos, packetId: 0, retain });
    const packetId = this.freeId();
    this.#step();
    this.#fly(packetId, { message, storable });
    return encodePublish({ topic, payload, qos, packetId, retain });
  }

  /**
   * Sends, or queues behind what is in flight. False: the queue is full, the message is dropped.
   */
  send(message: Downward): boolean {
    if (message.qos === 0 || (this.#waiting.length === 0 && this.#mayFly(message))) {
      this.#write(this.encode(message, message.retain !== true));
      return true;
    }
    const bytes = messageBytes(message);
    const { queuedMessages, queuedBytes } = this.#limits;
    if (this.#waiting.length >= queuedMessages) return false;
    if (this.#waitingBytes + bytes > queuedBytes || !this.#room.take(bytes)) return false;
    this.#waiting.push({ ...message, payload: Buffer.from(message.payload) });
    this.#waitingBytes += bytes;
    return true;
  }

  /** False: not an id of ours (it may be an adopted client's). */
  acknowledged(packetId: number): boolean {
    const landed = this.#inflight.get(packetId);
    if (landed === undefined) return false;
    this.#inflight.delete(packetId);
    this.#inflightBytes -= messageBytes(landed.message);
    let next = this.#waiting[0];
    while (next !== undefined && this.#mayFly(next)) {
      this.#waiting.shift();
      this.#waitingBytes -= messageBytes(next);
      this.#room.give(messageBytes(next));
      this.#write(this.encode(next, next.retain !== true));
      next = this.#waiting[0];
    }
    return true;
  }

  /** One is always let through: a message may be larger than the bound. */
  #mayFly(message: Downward): boolean {
    const { inflight, inflightBytes } = this.#limits;
    if (this.#inflight.size >= inflight) return false;
    return (
      this.#inflight.size === 0 || this.#inflightBytes + messageBytes(message) <= inflightBytes
    );
  }

  #fly(packetId: number, flight: InFlight): void {
    this.#inflight.set(packetId, flight);
    this.#inflightBytes += messageBytes(flight.message);
  }

  /**
   * Resumes a stored session: what was on the wire goes again under its old id, marked as such
   * [MQTT-4.4.0-1], then the queue.
   */
  resume(queue: readonly StoredMessage[]): void {
    for (const { message, packetId } of queue) {
      if (packetId === null) continue;
      this.#fly(packetId, { message, storable: true });
      this.#write(encodePublish({ ...message, packetId, dup: true }));
    }
    for (const { message, packetId } of queue) if (packetId === null) this.send(message);
  }

  /** What a stored session has still to deliver, in order. */
  leftover(): StoredMessage[] {
    const left: StoredMessage[] = [];
    for (const [packetId, { message, storable }] of this.#inflight) {
      if (storable) left.push({ message, packetId });
    }
    for (const message of this.#waiting)
      if (message.retain !== true) left.push({ message, packetId: null });
    return left;
  }

  /** The session has ended, and `leftover` was taken. */
  release(): void {
    this.#room.give(this.#waitingBytes);
    this.#waitingBytes = 0;
    this.#waiting.length = 0;
  }

  #step(): void {
    this.nextId = this.nextId >= MAX_PACKET_ID ? 1 : this.nextId + 1;
  }
}
