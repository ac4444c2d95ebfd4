import {
  decodeJson,
  encodeJson,
  parseSignalBatch,
  TOPICS,
  type SignalBatch,
} from '@tallystick/contracts';
import { levelOf } from '@tallystick/kernel';
import { keepTrying, withinMs, type BusPublisher, type BusRecord } from '@tallystick/ports';
import {
  nameSetAside,
  publishAcceptable,
  setAside,
  type Aside,
  type Logger,
} from '@tallystick/services-edge';
import { SegmentFiles } from './segment-files.ts';
import { keepFromOthers, noteOwner, takeBack } from './spool-owner.ts';

export interface SpooledBatch {
  readonly partition: number;
  readonly batch: SignalBatch;
}

const MAX_BYTES = 256 * 1_048_576;
const SIGNALS_PER_SEND = 1_000;
const RETRY_MS = 500;
/** Between tries to tell on disk whose the signals are. */
const OWNER_RETRY_MS = 5_000;
/** What waits in memory while the disk takes nothing either. */
const MEMORY_BATCHES = 5_000;

/**
 * Sends what it is given, in order, to internal.sessions.v1. While the bus is away all of it goes
 * to disk, and from there to the bus when it is back (also after a restart); a batch may be sent
 * twice, never out of order.
 */
export class SignalSpool {
  readonly #publisher: BusPublisher;
  readonly #folder: string;
  readonly #stop = new AbortController();
  readonly #logger: Logger;
  readonly #files: SegmentFiles;
  readonly #aside: Aside;
  /** Comes after what is on disk. */
  #memory: SpooledBatch[] = [];
  #onDisk: boolean;
  #sending: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #begun = false;
  /** Pending while what an earlier run has left waits for its bus. */
  #spoken: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(deps: {
    readonly publisher: BusPublisher;
    readonly folder: string;
    readonly logger: Logger;
    readonly maxBytes?: number;
  }) {
    this.#publisher = deps.publisher;
    this.#folder = deps.folder;
    this.#logger = deps.logger;
    this.#aside = nameSetAside(deps.logger, 'signals');
    takeBack(deps.folder);
    this.#files = new SegmentFiles(deps.folder, deps.maxBytes ?? MAX_BYTES);
    this.#onDisk = !this.#files.empty;
  }

  /**
   * Nothing is sent before: what an earlier run has left is said by whoever may speak under the
   * gateway's id. `met` is the bus that answers, by its identity: only what an earlier run has left
   * waits for it, with all that comes behind.
   */
  begin(met: Promise<string>): void {
    const waits = this.#onDisk;
    const spoken = Promise.withResolvers<void>();
    if (waits) this.#spoken = spoken.promise;
    else this.#speak();
    const own = async (is: string): Promise<void> => {
      const owned = { folder: this.#folder, files: this.#files, logger: this.#logger };
      if (!(await this.#untilDone(() => keepFromOthers(owned, is)))) return;
      if (waits) this.#onDisk = !this.#files.empty;
      if (waits) this.#speak();
      spoken.resolve();
      await this.#untilDone(() => noteOwner(this.#folder, is));
    };
    met.then(own).catch((err: unknown) => {
      this.#logger.error({ err }, 'it is not known which bus the signal spool has met');
    });
  }

  #speak(): void {
    this.#begun = true;
    if (this.#onDisk || this.#memory.length > 0) this.#send();
  }

  /** False: it was closed before the disk took it. */
  async #untilDone(act: () => void): Promise<boolean> {
    const failed = (err: unknown): void =>
      this.#logger.error({ err }, 'the signal spool cannot note on disk whose it is');
    const done = async (): Promise<boolean> => {
      act();
      return true;
    };
    const { signal } = this.#stop;
    return (await keepTrying(done, { signal, everyMs: OWNER_RETRY_MS, failed })) ?? false;
  }

  /** What is not yet on the bus stands on disk. */
  get spooling(): boolean {
    return this.#onDisk;
  }

  get bytes(): number {
    return this.#files.bytes;
  }

  add(batches: readonly SpooledBatch[]): void {
    this.#memory.push(...batches);
    if (this.#onDisk) this.#toDisk();
    if (this.#begun && this.#retry === null) this.#send();
  }

  /**
   * All that is in memory, or nothing: then it waits there for the disk or the bus, a bounded
   * number of it.
   */
  #toDisk(): void {
    const dropped = this.#files.dropped;
    try {
      if (this.#memory.length > 0)
        this.#files.append(this.#memory.map((batch) => JSON.stringify(batch)));
      this.#memory = [];
    } catch (err) {
      const lost = this.#memory.splice(0, this.#memory.length - MEMORY_BATCHES).length;
      this.#logger.error({ err, lost }, 'session signals cannot be kept on disk');
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
      if (part.unreadable) this.#tellUnreadable(part.sequence);
      while (batches.length > 0) await this.#publishSome(batches);
      this.#files.remove(part.sequence);
    }
    this.#onDisk = false;
    while (this.#memory.length > 0) await this.#publishSome(this.#memory);
  }

  /**
   * Takes as many batches from the front as one request may hold: the broker refuses more than 1 MB
   * for a partition.
   */
  async #publishSome(batches: SpooledBatch[]): Promise<void> {
    let signals = 0;
    const end = batches.findIndex(
      ({ batch }) => (signals += batch.signals.length) > SIGNALS_PER_SEND,
    );
    const some = batches.slice(0, end < 0 ? batches.length : Math.max(1, end));
    await publishAcceptable(this.#publisher, some.map(toRecord), this.#aside, halve);
    batches.splice(0, some.length);
  }

  #tellUnreadable(sequence: number): void {
    this.#logger.error({ sequence }, 'a part of the signal spool cannot be read and was set aside');
    setAside.add({ what: 'signals' });
  }

  #keep(err: unknown): void {
    this.#toDisk();
    this.#onDisk = !this.#files.empty;
    if (this.#closed) return;
    this.#logger[levelOf(err)]({ err }, 'session signals are kept on disk');
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#send();
    }, RETRY_MS);
  }

  /** Sends what it can within the time; what is left stays on disk for the next start. */
  async close(limitMs: number): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await withinMs(this.#drain(), limitMs);
    this.#stop.abort();
    this.#toDisk();
  }

  async #drain(): Promise<void> {
    await this.#spoken;
    if (!this.#begun) return;
    await this.#sending;
    if (this.#memory.length > 0 || this.#onDisk) await this.#sendAll().catch(() => undefined);
  }
}

/** Null: half a line, or none of ours. */
function parseLine(line: string): SpooledBatch | null {
  const parsed = decodeJson(Buffer.from(line));
  const { partition, batch } = parsed ?? {};
  if (typeof partition !== 'number' || typeof batch !== 'object' || batch === null) return null;
  const known = parseSignalBatch(encodeJson(batch));
  return known === null ? null : { partition, batch: known };
}

/** Two records with half of the signals each; of one signal none. */
function halve(record: BusRecord): readonly BusRecord[] {
  const { partition = 0, value } = record;
  const batch = value instanceof Uint8Array ? parseSignalBatch(value) : null;
  if (batch === null || batch.signals.length < 2) return [];
  const middle = Math.ceil(batch.signals.length / 2);
  return [batch.signals.slice(0, middle), batch.signals.slice(middle)].map((signals) =>
    toRecord({ partition, batch: { ...batch, signals } }),
  );
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
