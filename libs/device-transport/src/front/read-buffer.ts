const EMPTY = Buffer.alloc(0);

/**
 * Bytes that came and are not worked off. A packet that comes byte by byte costs as much as one
 * that comes at once: room grows by doubling, and nobody looks before as many bytes are there as
 * the packet needs. Bytes that were taken are never written over: payloads are views of them.
 */
export class ReadBuffer {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** Bytes from `#end` on are this buffer's to fill: a chunk of the socket's is not. */
  #own = false;
  #wanted = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Where its bytes lie now. */
  get room(): ArrayBufferLike {
    return this.#bytes.buffer;
  }

  push(chunk: Buffer): void {
    if (this.length === 0) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#own = false;
      return;
    }
    if (!this.#own || this.#bytes.length - this.#end < chunk.length) this.#grow(chunk.length);
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** What is there, as one view; null: nothing, or less than is needed. */
  look(): Buffer | null {
    if (this.length === 0 || this.length < this.#wanted) return null;
    const whole = this.#start === 0 && this.#end === this.#bytes.length;
    return whole ? this.#bytes : this.#bytes.subarray(this.#start, this.#end);
  }

  /** No look is of use before so many bytes are there. */
  want(bytes: number): void {
    this.#wanted = bytes;
  }

  take(bytes: number): void {
    this.#start += bytes;
    this.#wanted = 0;
    if (this.length === 0) this.clear();
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#own = false;
    this.#wanted = 0;
  }

  #grow(more: number): void {
    const held = this.length;
    const bytes = Buffer.allocUnsafeSlow(Math.max(held + more, Math.min(2 * held, this.#wanted)));
    this.#bytes.copy(bytes, 0, this.#start, this.#end);
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = held;
    this.#own = true;
  }
}
