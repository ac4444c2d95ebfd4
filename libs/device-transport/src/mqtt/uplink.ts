interface Slot {
  readonly ack: Buffer | null;
  readonly bytes: number;
  settled: boolean;
}

/**
 * Messages handed to the authority and not settled yet. Acknowledgements leave in the order the
 * messages came [MQTT-4.6.0-2], whatever order they are settled in.
 */
export class Uplink {
  readonly #waiting: Slot[] = [];
  readonly #write: (bytes: Buffer) => void;
  #bytes = 0;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  get unsettled(): number {
    return this.#waiting.length;
  }

  get unsettledBytes(): number {
    return this.#bytes;
  }

  /**
   * Call before the message is handed on; the result settles it. `ack` null: nothing to send (QoS
   * 0).
   */
  begin(ack: Buffer | null, bytes: number): () => void {
    const slot: Slot = { ack, bytes, settled: false };
    this.#waiting.push(slot);
    this.#bytes += bytes;
    return () => {
      slot.settled = true;
      this.#flush();
    };
  }

  #flush(): void {
    let first = this.#waiting[0];
    while (first?.settled === true) {
      this.#waiting.shift();
      this.#bytes -= first.bytes;
      if (first.ack !== null) this.#write(first.ack);
      first = this.#waiting[0];
    }
  }
}
