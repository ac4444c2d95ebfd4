import type { Duplex } from 'node:stream';
import type { ByteRoom } from './byte-room.ts';

/**
 * Writes to one socket. Bytes that the peer has not read are counted together with those of all
 * sockets.
 */
export class Outlet {
  readonly #socket: Duplex;
  readonly #room: ByteRoom;
  #counted = 0;

  constructor(socket: Duplex, room: ByteRoom) {
    this.#socket = socket;
    this.#room = room;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  onceDrained(listener: () => void): void {
    this.#socket.once('drain', listener);
  }

  /** False: there is no room for what this peer does not read. */
  write(bytes: Buffer): boolean {
    this.#socket.write(bytes);
    return this.#count();
  }

  /** The socket is gone. */
  release(): void {
    this.#room.give(this.#counted);
    this.#counted = 0;
  }

  #count(): boolean {
    const bytes = this.needsDrain ? this.unsentBytes : 0;
    const before = this.#counted;
    if (bytes === before) return true;
    this.#counted = bytes;
    if (before === 0) this.onceDrained(() => void this.#count());
    return this.#room.recount(before, bytes);
  }
}
