import type { OutgoingMessage } from '@tallystick/ports';
import { encodePublish } from './codec/publish.codec.ts';
import type { ByteRoom } from './byte-room.ts';
import type { MqttLimits } from './limits.ts';
import { messageBytes } from './message-bytes.ts';

/** `retain`: sent because of a new subscription. */
export interface Downward extends OutgoingMessage {
  readonly retain?: boolean;
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
  readonly #inflight = new Map<number, Downward>();
  #inflightBytes = 0;
  readonly #waiting: Downward[] = [];
  #waitingBytes = 0;

  constructor(limits: MqttLimits, room: ByteRoom, write: (bytes: Buffer) => void) {
    this.#limits = limits;
    this.#room = room;
    this.#write = write;
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
  encode(message: Downward): Buffer {
    const { topic, payload, qos, retain = false } = message;
    if (qos === 0) return encodePublish({ topic, payload, qos, packetId: 0, retain });
    const packetId = this.freeId();
    this.#step();
    this.#fly(packetId, message);
    return encodePublish({ topic, payload, qos, packetId, retain });
  }

  /**
   * Sends, or queues behind what is in flight. False: the queue is full, the message is dropped.
   */
  send(message: Downward): boolean {
    if (message.qos === 0 || (this.#waiting.length === 0 && this.#mayFly(message))) {
      this.#write(this.encode(message));
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
    this.#inflightBytes -= messageBytes(landed);
    let next = this.#waiting[0];
    while (next !== undefined && this.#mayFly(next)) {
      this.#waiting.shift();
      this.#waitingBytes -= messageBytes(next);
      this.#room.give(messageBytes(next));
      this.#write(this.encode(next));
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

  #fly(packetId: number, message: Downward): void {
    this.#inflight.set(packetId, message);
    this.#inflightBytes += messageBytes(message);
  }

  /** The session has ended. */
  release(): void {
    this.#room.give(this.#waitingBytes);
    this.#waitingBytes = 0;
    this.#waiting.length = 0;
  }

  #step(): void {
    this.nextId = this.nextId >= MAX_PACKET_ID ? 1 : this.nextId + 1;
  }
}
