import { PortError } from '@tallystick/kernel';
import { deliveredValue } from '@tallystick/test-kit';
import {
  recordBytes,
  type Adoption,
  type AllPage,
  type BusPublisher,
  type BusRecord,
  type Clock,
  type FencedBatch,
  type FencedWriter,
  type LostPositions,
  type ReadAllOptions,
  type RelayMapper,
  type StoredEvent,
  type StoreIdentity,
} from '@tallystick/ports';
import type { RelayDeps, RelayLane } from './relay.types.ts';

/** A store's log and a bus's, in memory, with the troubles that a relay must live through. */
export class RelayWorld {
  /** What the broker takes for a record. */
  mostBytes = Infinity;
  readonly events: StoredEvent[] = [];
  /** All that readers of committed records see, in order. */
  readonly log: BusRecord[] = [];
  readonly commits: FencedBatch[] = [];
  readonly waiters = new Set<() => void>();
  /** What the bus keeps per writer id. */
  readonly writers = new Map<string, { epoch: number; progress: number; note: string }>();
  identity: StoreIdentity = { storeId: 'store', incarnation: 1 };
  readonly losses: LostPositions[] = [];
  /** What each adoption was told with. */
  readonly adoptions: Adoption[] = [];
  /** Thrown by the next calls, one each. */
  readonly troubles: { commit: Error[]; publish: Error[]; read: Error[] } = {
    commit: [],
    publish: [],
    read: [],
  };
  /** Holds every commit back until it is resolved. */
  gate: Promise<void> = Promise.resolve();
  /** Holds the telling of an adoption before its end. */
  renewing: Promise<void> = Promise.resolve();

  /** The last position that was given. */
  head = 0;
  #made = 0;

  append(count: number, type = 'DeviceRegistered'): void {
    for (let n = 0; n < count; n += 1) {
      this.head += 1;
      this.#made += 1;
      const position = this.head;
      const meta = { tenant: 't', subject: null, actor: 'a', correlationId: 'c', causationId: 'c' };
      const id = `event-${this.#made}`;
      const place = { stream: `device/t/p/${position}`, revision: 1, position };
      this.events.push({ id, type, schemaVersion: 1, time: position, data: {}, meta, ...place });
    }
    for (const wake of this.waiters) wake();
  }

  /** The store as it was at that position: a restore, or a fail-over that lost what came later. */
  putBack(position: number): void {
    this.events.splice(0, Infinity, ...this.events.filter((event) => event.position <= position));
    this.head = position;
  }

  adopt(above: number): void {
    const incarnation = this.identity.incarnation + 1;
    this.losses.push({ incarnation, after: this.head, through: Math.max(this.head, above) });
    this.head = Math.max(this.head, above);
    this.identity = { ...this.identity, incarnation };
    for (const wake of this.waiters) wake();
  }

  #idAt(position: number): string | null {
    return this.events.find((event) => event.position === position)?.id ?? null;
  }

  readonly tail: RelayDeps['tail'] = {
    losses: async () => this.losses,
    idAt: async (position) => this.#idAt(position),
  };

  readonly store: RelayDeps['store'] = {
    readAll: async ({ after, limit, types }: ReadAllOptions): Promise<AllPage> => {
      const trouble = this.troubles.read.shift();
      if (trouble !== undefined) throw trouble;
      const { head, identity } = this;
      const wanted = (type: string): boolean => types === undefined || types.includes(type);
      const found = this.events.filter(({ position, type }) => position > after && wanted(type));
      const events = found.slice(0, limit);
      const last = found.length > limit ? (events.at(-1)?.position ?? after) : head;
      const through = Math.max(after, last);
      const ends = { identity, afterId: this.#idAt(after), throughId: this.#idAt(through) };
      return { events, through, head, ends };
    },
    waitBeyond: (position, timeoutMs, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        signal?.addEventListener('abort', wake, { once: true });
        this.waiters.add(wake);
        if (this.head > position || signal?.aborted === true) wake();
      }),
  };

  readonly bus: RelayDeps['bus'] = {
    openFencedWriter: async (id) => this.#openWriter(id),
    openPublisher: async () => this.#openPublisher(),
  };

  /** Tells the positions of a lane's events as records, one tick at the end. */
  mapper(types?: readonly string[]): RelayMapper {
    const record = (key: string, value: object): BusRecord => ({
      topic: 'log',
      key,
      value: new TextEncoder().encode(JSON.stringify(value)),
      headers: {},
    });
    return {
      types,
      map: async (events) => events.map(({ position }) => record(String(position), {})),
      ticks: (reached) => [record('tick', reached)],
      renew: async (adoption, write) => {
        this.adoptions.push(adoption);
        await write([record('renewed', adoption)]);
        await this.renewing;
      },
      forget: () => undefined,
      instead: () => null,
    };
  }

  positions(): readonly number[] {
    return this.log.filter(({ key }) => /^\d+$/.test(key ?? '')).map(({ key }) => Number(key));
  }

  ticks(): readonly { upTo: number; upToTime: number; transient: boolean }[] {
    return this.log
      .filter(({ key }) => key === 'tick')
      .map(
        ({ value }) =>
          JSON.parse(new TextDecoder().decode(deliveredValue(value) ?? undefined)) as never,
      );
  }

  /** Opens a lane over the head of who holds it. */
  fence(lane: RelayLane): void {
    this.#openWriter(`relay-${lane}`);
  }

  /** How often a lane was opened. */
  opened(lane: RelayLane): number {
    return this.writers.get(`relay-${lane}`)?.epoch ?? 0;
  }

  progress(lane: RelayLane): number {
    return this.writers.get(`relay-${lane}`)?.progress ?? 0;
  }

  #openWriter(id: string): FencedWriter {
    const held = this.writers.get(id) ?? { epoch: 0, progress: 0, note: '' };
    held.epoch += 1;
    this.writers.set(id, held);
    const mine = held.epoch;
    return {
      progress: async () => held.progress,
      note: async () => held.note,
      commit: async (batch) => {
        await this.gate;
        const trouble = this.troubles.commit.shift();
        if (trouble !== undefined) throw trouble;
        if (mine !== held.epoch) throw new PortError('fenced', 'a newer one');
        if (batch.records.some((record) => recordBytes(record) > this.mostBytes))
          throw new PortError('unacceptable', 'too large');
        this.log.push(...batch.records);
        this.commits.push(batch);
        if (batch.progress === undefined) return;
        held.progress = batch.progress;
        held.note = batch.note ?? '';
      },
      close: async () => undefined,
    };
  }

  #openPublisher(): BusPublisher {
    return {
      publish: async (records) => {
        const trouble = this.troubles.publish.shift();
        if (trouble !== undefined) throw trouble;
        this.log.push(...records);
      },
      close: async () => undefined,
    };
  }
}

export const wallClock: Clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
