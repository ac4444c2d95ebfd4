import type { IncomingMessage } from 'node:http';
import type { ByteRoom } from '../mqtt/byte-room.ts';
import type { HttpLimits } from './http-limits.ts';

export type ReadBody = Uint8Array | 'too-large' | 'broken' | 'no-room' | 'gone';

/** The body of one request, as it comes in. */
export class BodyReader {
  readonly done: Promise<ReadBody>;
  readonly #limits: HttpLimits;
  readonly #room: ByteRoom;
  #chunks: Buffer[] = [];
  #size = 0;
  #held = 0;
  #fault: 'too-large' | 'no-room' | null = null;
  #resolve: ((body: ReadBody) => void) | null = null;

  constructor(request: IncomingMessage, limits: HttpLimits, room: ByteRoom) {
    this.#limits = limits;
    this.#room = room;
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    request.on('data', (chunk: Buffer) => this.#add(chunk));
    request.on('end', () => this.#end(this.#fault ?? Buffer.concat(this.#chunks)));
    request.on('error', () => this.#end('gone'));
    request.on('close', () => this.#end('gone'));
  }

  /** What follows cannot be told apart from the body. */
  break(): void {
    this.#end('broken');
  }

  #add(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#limits.drainedBytes) return this.#end(this.#fault ?? 'too-large');
    if (this.#fault === null) this.#keep(chunk);
  }

  #keep(chunk: Buffer): void {
    if (this.#size > this.#limits.maxBodyBytes) this.#fault = 'too-large';
    else if (!this.#room.take(chunk.length)) this.#fault = 'no-room';
    else {
      this.#held += chunk.length;
      this.#chunks.push(chunk);
      return;
    }
    this.#release();
  }

  #release(): void {
    this.#chunks = [];
    this.#room.give(this.#held);
    this.#held = 0;
  }

  #end(body: ReadBody): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    this.#resolve = null;
    this.#release();
    resolve(body);
  }
}
