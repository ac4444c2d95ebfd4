import { PortError } from '@tallystick/kernel';
import { deliveredValue } from '@tallystick/test-kit';
import type {
  AllPage,
  BusPublisher,
  BusRecord,
  Clock,
  FencedBatch,
  FencedWriter,
  ReadAllOptions,
  StoredEvent,
} from '@tallystick/ports';
import type { RelayDeps, RelayLane, RelayMapper } from './relay.types.ts';

/** A store's log and a bus's, in memory, with the troubles that a relay must live through. */
export class RelayWorld {
  readonly events: StoredEvent[] = [];
  /** All that readers of committed records see, in order. */
  readonly log: BusRecord[] = [];
  readonly commits: FencedBatch[] = [];
  readonly waiters = new Set<() => void>();
  /** What the bus keeps per writer id. */
  readonly writers = new Map<string, { epoch: number; progress: number }>();
  /** Thrown by the next calls, one each. */
  readonly troubles: { commit: Error[]; publish: Error[]; read: Error[] } = {
    commit: [],
    publish: [],
    read: [],
  };
  /** Holds every commit back until it is resolved. */
  gate: Promise<void> = Promise.resolve();

  append(count: number, type = 'DeviceRegistered'): void {
    for (let n = 0; n < count; n += 1) {
      const position = this.events.length + 1;
      const meta = { tenant: 't', subject: null, actor: 'a', correlationId: 'c', causationId: 'c' };
      const id = `event-${position}`;
      const place = { stream: `device/t/p/${position}`, revision: 1, position };
      this.events.push({ id, type, schemaVersion: 1, time: position, data: {}, meta, ...place });
    }
    for (const wake of this.waiters) wake();
  }

  readonly store: RelayDeps['store'] = {
    readAll: async ({ after, limit, types }: ReadAllOptions): Promise<AllPage> => {
      const trouble = this.troubles.read.shift();
      if (trouble !== undefined) throw trouble;
      const head = this.events.length;
      const wanted = (type: string): boolean => types === undefined || types.includes(type);
      const found = this.events.filter(({ position, type }) => position > after && wanted(type));
      const events = found.slice(0, limit);
      const through = found.length > limit ? (events.at(-1)?.position ?? after) : head;
      return { events, through, head };
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
        if (this.events.length > position || signal?.aborted === true) wake();
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
      forget: () => undefined,
    };
  }

  positions(): readonly number[] {
    return this.log.filter(({ key }) => key !== 'tick').map(({ key }) => Number(key));
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
    const held = this.writers.get(id) ?? { epoch: 0, progress: 0 };
    held.epoch += 1;
    this.writers.set(id, held);
    const mine = held.epoch;
    return {
      progress: async () => held.progress,
      commit: async (batch) => {
        await this.gate;
        const trouble = this.troubles.commit.shift();
        if (trouble !== undefined) throw trouble;
        if (mine !== held.epoch) throw new PortError('fenced', 'a newer one');
        this.log.push(...batch.records);
        this.commits.push(batch);
        held.progress = batch.progress ?? held.progress;
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
