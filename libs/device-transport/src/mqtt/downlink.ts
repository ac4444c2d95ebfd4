import type { OutgoingMessage } from '@tallystick/ports';
import { encodePublish } from './codec/publish.codec.ts';
import type { MqttLimits } from './limits.ts';
import type { StoredMessage } from './stored-sessions.ts';

interface InFlight {
  readonly message: OutgoingMessage;
  /** A greeting belongs to one admission: it is never sent again to the next. */
  readonly storable: boolean;
}

const MAX_PACKET_ID = 65_535;

/** What goes down one connection: packet ids, QoS 1 messages on the wire, and the bounded queue behind them. */
export class Downlink {
  /** Shared with an adopted aedes client, so that an acknowledgement has one meaning. */
  nextId = 1;
  readonly #limits: MqttLimits;
  readonly #write: (bytes: Buffer) => void;
  readonly #inflight = new Map<number, InFlight>();
  readonly #waiting: OutgoingMessage[] = [];
  #waitingBytes = 0;

  constructor(limits: MqttLimits, write: (bytes: Buffer) => void) {
    this.#limits = limits;
    this.#write = write;
  }

  get unacknowledged(): number {
    return this.#inflight.size + this.#waiting.length;
  }

  /** The id to use next: not one of ours that is still on the wire. */
  freeId(): number {
    while (this.#inflight.has(this.nextId)) this.#step();
    return this.nextId;
  }

  /** A QoS 1 message put on the wire now, whatever is in flight. */
  encode(message: OutgoingMessage, storable: boolean, retain = false): Buffer {
    const { topic, payload, qos } = message;
    if (qos === 0) return encodePublish({ topic, payload, qos, packetId: 0, retain });
    const packetId = this.freeId();
    this.#step();
    this.#inflight.set(packetId, { message, storable });
    return encodePublish({ topic, payload, qos, packetId, retain });
  }

  /** Sends, or queues behind what is in flight. False: the queue is full, the message is dropped. */
  send(message: OutgoingMessage): boolean {
    if (message.qos === 0 || this.#inflight.size < this.#limits.inflight) {
      this.#write(this.encode(message, true));
      return true;
    }
    const bytes = this.#waitingBytes + message.payload.length;
    const { queuedMessages, queuedBytes } = this.#limits;
    if (this.#waiting.length >= queuedMessages || bytes > queuedBytes) return false;
    this.#waiting.push({ ...message, payload: Buffer.from(message.payload) });
    this.#waitingBytes = bytes;
    return true;
  }

  /** False: not an id of ours (it may be an adopted client's). */
  acknowledged(packetId: number): boolean {
    if (!this.#inflight.delete(packetId)) return false;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#waitingBytes -= next.payload.length;
      this.#write(this.encode(next, true));
    }
    return true;
  }

  /** Resumes a stored session: what was on the wire goes again under its old id, marked as such [MQTT-4.4.0-1], then the queue. */
  resume(queue: readonly StoredMessage[]): void {
    for (const { message, packetId } of queue) {
      if (packetId === null) continue;
      this.#inflight.set(packetId, { message, storable: true });
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
    for (const message of this.#waiting) left.push({ message, packetId: null });
    return left;
  }

  #step(): void {
    this.nextId = this.nextId >= MAX_PACKET_ID ? 1 : this.nextId + 1;
  }
}
