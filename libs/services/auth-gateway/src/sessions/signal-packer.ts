import { deviceRecordKey, type SessionSignal } from '@tallystick/contracts';
import { partitionOf } from '@tallystick/kernel';
import type { SpooledBatch } from './signal-spool.ts';

const PACK_MS = 20;
/**
 * Until a first login is told of, its product's secret still works on other gateways
 * (libs/README.md, rule 7). There is one in the life of a device.
 */
const FIRST_LOGIN_PACK_MS = 3;
const SIGNALS_PER_RECORD = 500;
/**
 * A record stays well below what a bus takes (MAX_RECORD_BYTES): counted as it is written, escapes
 * included.
 */
const BYTES_PER_RECORD = 256 * 1_024;

/**
 * Packs signals: one record per partition and 20 ms, or 3 ms where it tells of a first login; the
 * partition is that of the device's key.
 */
export class SignalPacker {
  readonly #gatewayId: string;
  readonly #incarnation: string;
  readonly #partitions: number;
  readonly #send: (batches: readonly SpooledBatch[]) => void;
  #waiting = new Map<number, SessionSignal[]>();
  #timer: NodeJS.Timeout | null = null;
  #soon = false;
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
    this.#flushLater(signal.type === 'activated');
  }

  #flushLater(soon: boolean): void {
    if (this.#timer !== null && (this.#soon || !soon)) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#soon = soon;
    this.#timer = setTimeout(() => this.flush(), soon ? FIRST_LOGIN_PACK_MS : PACK_MS);
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

/**
 * Parts of at most so many signals and bytes, in order; a signal above that is a part of its own.
 */
function chunks(signals: readonly SessionSignal[]): readonly (readonly SessionSignal[])[] {
  const parts: SessionSignal[][] = [];
  let left = 0;
  for (const signal of signals) {
    const bytes = Buffer.byteLength(JSON.stringify(signal)) + 1;
    const part = parts.at(-1);
    if (part === undefined || part.length >= SIGNALS_PER_RECORD || bytes > left) {
      parts.push([signal]);
      left = BYTES_PER_RECORD - bytes;
    } else {
      part.push(signal);
      left -= bytes;
    }
  }
  return parts;
}
