import { encodeJson, TOPICS, type SignalBatch } from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import type { BusPublisher, BusRecord } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import { SegmentFiles } from './segment-files.ts';

export interface SpooledBatch {
  readonly partition: number;
  readonly batch: SignalBatch;
}

const MAX_BYTES = 256 * 1_048_576;
const SIGNALS_PER_SEND = 1_000;
const RETRY_MS = 500;

/**
 * Sends what it is given, in order, to internal.sessions.v1. While the bus is away all of it goes to disk, and from there to the bus when it is
 * back (also after a restart); a batch may be sent twice, never out of order.
 */
export class SignalSpool {
  readonly #publisher: BusPublisher;
  readonly #logger: Logger;
  readonly #files: SegmentFiles;
  #memory: SpooledBatch[] = [];
  #onDisk: boolean;
  #sending: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #begun = false;
  #closed = false;

  constructor(deps: {
    readonly publisher: BusPublisher;
    readonly folder: string;
    readonly logger: Logger;
    readonly maxBytes?: number;
  }) {
    this.#publisher = deps.publisher;
    this.#logger = deps.logger;
    this.#files = new SegmentFiles(deps.folder, deps.maxBytes ?? MAX_BYTES);
    this.#onDisk = !this.#files.empty;
  }

  /** Nothing is sent before: what an earlier run has left is said by whoever may speak under the gateway's id. */
  begin(): void {
    this.#begun = true;
    if (this.#onDisk || this.#memory.length > 0) this.#send();
  }

  /** What is not yet on the bus stands on disk. */
  get spooling(): boolean {
    return this.#onDisk;
  }

  get bytes(): number {
    return this.#files.bytes;
  }

  add(batches: readonly SpooledBatch[]): void {
    if (this.#onDisk) this.#toDisk(batches);
    else this.#memory.push(...batches);
    if (this.#begun && this.#retry === null) this.#send();
  }

  #toDisk(batches: readonly SpooledBatch[]): void {
    const dropped = this.#files.dropped;
    try {
      this.#files.append(batches.map((batch) => JSON.stringify(batch)));
    } catch (err) {
      // A full disk must not end the sessions it tells of.
      this.#logger.error({ err, batches: batches.length }, 'session signals were lost');
    }
    if (this.#files.dropped > dropped)
      this.#logger.error({}, 'the signal spool is full: its oldest part was dropped');
  }

  #send(): void {
    this.#sending ??= this.#sendAll()
      .catch((err: unknown) => this.#keep(err))
      .finally(() => {
        this.#sending = null;
        if (this.#retry === null && (this.#memory.length > 0 || this.#onDisk) && !this.#closed)
          this.#send();
      });
  }

  async #sendAll(): Promise<void> {
    for (let part = this.#files.readOldest(); part !== null; part = this.#files.readOldest()) {
      const batches = part.lines.map(parseLine).filter((batch) => batch !== null);
      while (batches.length > 0) await this.#publishSome(batches);
      this.#files.remove(part.sequence);
    }
    this.#onDisk = false;
    while (this.#memory.length > 0) await this.#publishSome(this.#memory);
  }

  /** Takes off the front what one request may hold: the broker refuses more than 1 MB for a partition. */
  async #publishSome(batches: SpooledBatch[]): Promise<void> {
    let signals = 0;
    const end = batches.findIndex(
      ({ batch }) => (signals += batch.signals.length) > SIGNALS_PER_SEND,
    );
    const some = batches.slice(0, end < 0 ? batches.length : Math.max(1, end));
    await this.#publisher.publish(some.map(toRecord));
    batches.splice(0, some.length);
  }

  #keep(err: unknown): void {
    if (this.#memory.length > 0) this.#toDisk(this.#memory);
    this.#memory = [];
    this.#onDisk = !this.#files.empty;
    if (this.#closed) return;
    // Whoever carries the bus says that it is away.
    const waits = isPortError(err) && err.retriable;
    this.#logger[waits ? 'debug' : 'warn']({ err }, 'session signals are kept on disk');
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#send();
    }, RETRY_MS);
  }

  /** Sends what it can within the time; what is left stays on disk for the next start. */
  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
    if (this.#begun) await Promise.race([this.#drain(), late]);
    clearTimeout(timer);
    if (this.#memory.length > 0) this.#toDisk(this.#memory);
    this.#memory = [];
  }

  async #drain(): Promise<void> {
    await this.#sending;
    if (this.#memory.length > 0 || this.#onDisk) await this.#sendAll().catch(() => undefined);
  }
}

function parseLine(line: string): SpooledBatch | null {
  try {
    return JSON.parse(line) as SpooledBatch;
  } catch {
    return null;
  }
}

function toRecord({ partition, batch }: SpooledBatch): BusRecord {
  return {
    topic: TOPICS.sessions,
    key: String(partition),
    partition,
    value: encodeJson(batch),
    headers: {},
  };
}
