/** What an adopted client asks of the session that owns it. */
export interface AdoptionOwner {
  readonly sessionId: string;
  readonly sessionKey: string;
  /** Whether its messages are retained at all. */
  readonly mayRetain: boolean;
  write(bytes: Buffer): void;
  /** The socket's buffer is full; `onceDrained` tells when it is not. */
  needsDrain(): boolean;
  onceDrained(listener: () => void): void;
  /** The next free packet id of the connection's one counter. */
  freePacketId(): number;
  setNextPacketId(id: number): void;
  /** The client has too much waiting: read nothing until `release`. */
  hold(): void;
  release(): void;
  /** aedes gave up on the connection. */
  fail(): void;
  /** A QoS 2 message, once; `done` lets the PUBREC go. */
  uplink(
    message: { readonly topic: string; readonly payload: Buffer },
    done: (ok: boolean) => void,
  ): void;
}

type Listener = () => void;

/**
 * The stream that aedes believes in; it never sees the socket. `finished()` of node:stream asks for
 * `write` and `on` alone. There is no `cork`: mqtt-packet then writes its chunks one by one, and
 * one tick joins them to a single write.
 */
export class AdoptedStream {
  readonly owner: AdoptionOwner;
  /** Set by aedes. */
  client: unknown = null;
  destroyed = false;
  #out: Buffer[] = [];
  #onDrain: Listener | null = null;

  constructor(owner: AdoptionOwner) {
    this.owner = owner;
  }

  write(chunk: Buffer | string, encoding?: BufferEncoding): boolean {
    this.#out.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    if (this.#out.length === 1) {
      process.nextTick(() => {
        const out = this.#out;
        this.#out = [];
        if (!this.destroyed) this.owner.write(Buffer.concat(out));
      });
    }
    return !this.owner.needsDrain();
  }

  /** aedes has worked off its batch. */
  read(): null {
    this.owner.release();
    return null;
  }

  destroy(): this {
    this.destroyed = true;
    this.owner.fail();
    return this;
  }

  on(event: string, listener: Listener): this {
    if (event !== 'drain' || this.#onDrain !== null) return this;
    this.#onDrain = listener;
    this.owner.onceDrained(() => {
      const waiting = this.#onDrain;
      this.#onDrain = null;
      waiting?.();
    });
    return this;
  }

  once(event: string, listener: Listener): this {
    return this.on(event, listener);
  }

  removeListener(event: string): this {
    if (event === 'drain') this.#onDrain = null;
    return this;
  }

  removeAllListeners(event: string): this {
    return this.removeListener(event);
  }

  emit(): boolean {
    return false;
  }

  setMaxListeners(): this {
    return this;
  }
}
