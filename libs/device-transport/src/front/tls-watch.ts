import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TransportLog } from './transport-log.ts';
import type { Timed, TimerWheel } from './timer-wheel.ts';

const EVERY_MS = 1_000;
/**
 * Records without a byte for the device's protocol: updates of keys, alerts, attempts to negotiate.
 * Each costs us more than the peer, and nobody needs more than a few of them.
 */
const QUIET_BYTES = 65_536;
/** What a peer may go on sending while it takes nothing of what it is owed. */
const OWED_BYTES = 262_144;

const NOTHING = Buffer.alloc(0);

/**
 * Ends a TLS stream that is flooded below its protocol: there the library answers by itself, keeps
 * the answers of a peer that does not read, and no `data` tells of it.
 */
export class TlsWatch implements Timed {
  wheelSlot = -1;
  readonly #wheel: TimerWheel;
  readonly #socket: Socket;
  readonly #stream: TLSSocket;
  readonly #log: TransportLog;
  #due = 0;
  /** Bytes of the protocol that had come, and those of the wire then. */
  #said = 0;
  #atSaid = 0;
  /** A write of nothing waits for all before it to have left; and the bytes of the wire then. */
  #asks = false;
  #atAsked = 0;

  constructor(wheel: TimerWheel, socket: Socket, stream: TLSSocket, log: TransportLog) {
    this.#wheel = wheel;
    this.#socket = socket;
    this.#stream = stream;
    this.#log = log;
    this.#atSaid = this.#atAsked = socket.bytesRead;
    this.#again();
  }

  dueTick(): number {
    return this.#due;
  }

  expire(): void {
    const { bytesRead } = this.#socket;
    if (!this.#isQuietFlood(bytesRead) && !this.#isOwed(bytesRead)) return this.#again();
    this.#log.debug({}, 'a TLS connection was flooded below its protocol');
    this.#stream.destroy();
  }

  stop(): void {
    this.#wheel.remove(this);
  }

  #again(): void {
    this.#due = this.#wheel.now + this.#wheel.ticks(EVERY_MS);
    this.#wheel.add(this);
  }

  #isQuietFlood(wire: number): boolean {
    const said = this.#stream.bytesRead;
    if (said === this.#said) return wire - this.#atSaid > QUIET_BYTES;
    this.#said = said;
    this.#atSaid = wire;
    return false;
  }

  #isOwed(wire: number): boolean {
    const sent = wire - this.#atAsked;
    if (this.#asks) return sent > OWED_BYTES;
    if (sent > QUIET_BYTES && this.#stream.writable) {
      this.#asks = true;
      this.#atAsked = wire;
      this.#stream.write(NOTHING, () => (this.#asks = false));
    }
    return false;
  }
}
