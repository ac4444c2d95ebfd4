interface Slot {
  readonly ack: Buffer | null;
  settled: boolean;
}

/**
 * Messages handed to the authority and not settled yet. Acknowledgements leave in the order the messages came
 * [MQTT-4.6.0-2], whatever order they are settled in.
 */
export class Uplink {
  readonly #waiting: Slot[] = [];
  readonly #write: (bytes: Buffer) => void;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  get unsettled(): number {
    return this.#waiting.length;
  }

  /** Call before the message is handed on; the result settles it. `ack` null: nothing to send (QoS 0). */
  begin(ack: Buffer | null): () => void {
    const slot: Slot = { ack, settled: false };
    this.#waiting.push(slot);
    return () => {
      slot.settled = true;
      this.#flush();
    };
  }

  #flush(): void {
    let first = this.#waiting[0];
    while (first?.settled === true) {
      this.#waiting.shift();
      if (first.ack !== null) this.#write(first.ack);
      first = this.#waiting[0];
    }
  }
}
