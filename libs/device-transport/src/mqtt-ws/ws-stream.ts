import { Duplex } from 'node:stream';
import type { TransportEnd } from '@tallystick/ports';
import type { RawData, WebSocket } from 'ws';
import type { CarrierContext } from '../mqtt/mqtt-listener.ts';
import { WireFault } from '../mqtt/wire-fault.ts';

/** What a client's frame has beside its payload (RFC 6455, 5.2): it is masked. */
const headBytes = (payload: number): number => (payload < 126 ? 6 : payload < 65_536 ? 8 : 14);

const UNSUPPORTED_DATA = 1003;

const sizeOf = (data: RawData): number =>
  Array.isArray(data) ? data.reduce((sum, { length }) => sum + length, 0) : data.byteLength;

const bytesOf = (data: RawData): Buffer => {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
};

/** What `ws` says of a bound; its other words are for frames that no client may send. */
const END_OF_BOUND: ReadonlyMap<string, TransportEnd> = new Map([
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'packet-too-large'],
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'limit'],
]);

/** What `ws` found wrong with a frame; null: the socket itself failed. */
function faultOf(error: Error): WireFault | null {
  const code = 'code' in error ? String(error.code) : '';
  if (!code.startsWith('WS_ERR_')) return null;
  return new WireFault(END_OF_BOUND.get(code) ?? 'protocol-error', error.message);
}

/**
 * MQTT's bytes in a WebSocket: binary messages alone, wherever its packets begin and end in them
 * [MQTT-6.0.0-1, -2]. `ws` keeps a message until it is whole: those bytes, and what waits to be
 * read, are counted among those of all sessions.
 */
export class WsStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #carrier: Duplex;
  readonly #context: CarrierContext;
  /** At most so many bytes have come that are no whole message yet. */
  #incomplete = 0;
  /** Of those, at most the last piece that came can be of a message behind a whole one. */
  #lastPiece = 0;
  #counted = 0;
  #isSettled = false;
  #onProgress: (() => void) | null = null;

  constructor(socket: WebSocket, carrier: Duplex, context: CarrierContext) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#carrier = carrier;
    this.#context = context;
    // Before `ws` has it: its messages are subtracted from what came.
    carrier.prependListener('data', (piece: Buffer) => this.#came(piece.length));
    socket.on('message', (data, isBinary) => this.#message(data, isBinary));
    socket.on('pong', (data) => this.#whole(data.length));
    socket.on('ping', (data) => {
      this.#whole(data.length);
      if (this.#carrier.writableLength <= context.limits.writeBufferBytes) socket.pong(data);
    });
    socket.on('error', (error) => this.destroy(faultOf(error) ?? error));
    socket.on('close', () => this.push(null));
  }

  /** Called when more has come of a message that is not whole. */
  set onProgress(listener: () => void) {
    this.#onProgress = listener;
  }

  /** It is let in, or never will be: it may use the room of a session. */
  settled(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (!this.destroyed) this.#goOn();
  }

  #came(bytes: number): void {
    if (this.#incomplete > 0) this.#onProgress?.();
    this.#lastPiece = bytes;
    this.#incomplete += bytes;
    this.#count();
    if (this.#isTooMuchYet) this.#socket.pause();
  }

  /** Of all that came, a frame of so many bytes is complete. */
  #whole(payload: number): void {
    const rest = this.#incomplete - payload - headBytes(payload);
    this.#incomplete = Math.min(this.#lastPiece, Math.max(0, rest));
  }

  #message(data: RawData, isBinary: boolean): void {
    if (this.destroyed) return;
    const bytes = sizeOf(data);
    this.#whole(bytes);
    if (!isBinary) {
      this.#socket.close(UNSUPPORTED_DATA);
      this.destroy(new WireFault('protocol-error', 'a text frame'));
      return;
    }
    if (bytes > 0 && !this.push(bytesOf(data))) this.#socket.pause();
    this.#count();
  }

  /** A message for which all sessions' room is used up ends its own, if it is a large one. */
  #count(): void {
    if (this.destroyed) return;
    const { room, limits } = this.#context;
    const before = this.#counted;
    this.#counted = this.#incomplete + this.readableLength;
    const fits = room.recount(before, this.#counted);
    if (!fits && this.#counted > limits.maxConnectBytes)
      this.destroy(new WireFault('limit', 'no room for a message'));
  }

  /** Nobody is let in yet who could have so much to say. */
  get #isTooMuchYet(): boolean {
    return !this.#isSettled && this.#incomplete > 4 * this.#context.limits.maxConnectBytes;
  }

  #goOn(): void {
    if (this.#socket.isPaused && !this.#isTooMuchYet) this.#socket.resume();
  }

  override _read(): void {
    this.#count();
    this.#goOn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#socket.send(chunk, { binary: true }, (error) => done(error));
  }

  /** Asks the client to close. Who does not is closed by the deadline of its connection. */
  override _final(done: () => void): void {
    this.#socket.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#context.room.give(this.#counted);
    this.#counted = 0;
    // The closing frame is in the kernel before the socket is closed under it.
    this.#socket.close();
    this.#socket.terminate();
    done(error);
  }
}
