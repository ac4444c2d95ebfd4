import { deviceRecordKey, type SessionSignal } from '@tallystick/contracts';
import { partitionOf } from '@tallystick/kernel';
import type { SpooledBatch } from './signal-spool.ts';

const PACK_MS = 20;
/** A record stays well below the broker's limit of 1 MB. */
const SIGNALS_PER_RECORD = 500;

/** Packs signals: one record per partition and 20 ms, the partition that of the device's key. */
export class SignalPacker {
  readonly #gatewayId: string;
  readonly #incarnation: string;
  readonly #partitions: number;
  readonly #send: (batches: readonly SpooledBatch[]) => void;
  #waiting = new Map<number, SessionSignal[]>();
  #timer: NodeJS.Timeout | null = null;
  #term: number;

  constructor(options: {
    readonly gatewayId: string;
    readonly incarnation: string;
    readonly partitions: number;
    readonly term: number;
    readonly send: (batches: readonly SpooledBatch[]) => void;
  }) {
    this.#gatewayId = options.gatewayId;
    this.#incarnation = options.incarnation;
    this.#partitions = options.partitions;
    this.#term = options.term;
    this.#send = options.send;
  }

  add(signal: SessionSignal): void {
    const { tenant, productKey, deviceKey } = signal.session;
    const key = deviceRecordKey(tenant, productKey, deviceKey);
    const partition = partitionOf(key, this.#partitions);
    const signals = this.#waiting.get(partition);
    if (signals === undefined) this.#waiting.set(partition, [signal]);
    else signals.push(signal);
    this.#timer ??= setTimeout(() => this.flush(), PACK_MS);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    const head = {
      gatewayId: this.#gatewayId,
      incarnation: this.#incarnation,
      term: this.#term,
    };
    const batches = [...this.#waiting].flatMap(([partition, signals]) =>
      chunks(signals).map((some) => ({ partition, batch: { ...head, signals: some } })),
    );
    this.#waiting = new Map();
    this.#send(batches);
  }

  /** What was said before belongs to the old term: it is history. */
  beginTerm(term: number): void {
    this.flush();
    this.#term = term;
  }
}

function chunks(signals: readonly SessionSignal[]): readonly (readonly SessionSignal[])[] {
  const count = Math.ceil(signals.length / SIGNALS_PER_RECORD);
  return Array.from({ length: count }, (_, i) =>
    signals.slice(i * SIGNALS_PER_RECORD, (i + 1) * SIGNALS_PER_RECORD),
  );
}
