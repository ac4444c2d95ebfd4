import type { Lane } from '@tallystick/contracts';
import type { Clock, EventBus, FencedWriter, RelayMapper } from '@tallystick/ports';

type RelayBus = Pick<EventBus, 'openFencedWriter' | 'openPublisher'>;

/** Sees how long events take from their append to their commit on the bus. */
export interface RelayTimes {
  watchMapper(lane: Lane, mapper: RelayMapper): RelayMapper;
  watchBus(bus: RelayBus): RelayBus;
  /** How long the oldest event that was read and is not committed has waited; 0: none waits. */
  behindMs(lane: Lane): number;
}

interface Waiting {
  /** Append times of what was read since the last commit began. */
  read: number[];
  /** The oldest of what is being committed, or could not be. */
  oldest: number | null;
}

const laneOfWriter = (id: string): Lane => (id === 'relay-fast' ? 'fast' : 'bulk');

function watchWriter(
  writer: FencedWriter,
  waiting: Waiting,
  committed: (times: readonly number[], progress: number | undefined) => void,
): FencedWriter {
  return {
    progress: () => writer.progress(),
    note: () => writer.note(),
    close: () => writer.close(),
    async commit(batch) {
      // The relay begins a commit with all that it has read before, and reads on meanwhile.
      const times = waiting.read.splice(0);
      waiting.oldest ??= times[0] ?? null;
      await writer.commit(batch);
      waiting.oldest = null;
      committed(times, batch.progress);
    },
  };
}

export function createRelayTimes(
  clock: Pick<Clock, 'now'>,
  relayed: (lane: Lane, lagMs: number) => void,
  /** The bus was told of the store up to there. */
  told: (position: number) => void = () => undefined,
): RelayTimes {
  const none = (): Waiting => ({ read: [], oldest: null });
  const waiting: Readonly<Record<Lane, Waiting>> = { fast: none(), bulk: none() };

  return {
    watchMapper: (lane, mapper) => ({
      ...mapper,
      async map(events, identity) {
        const records = await mapper.map(events, identity);
        if (records.length > 0) waiting[lane].read.push(...events.map(({ time }) => time));
        return records;
      },
      forget() {
        waiting[lane].read = [];
        mapper.forget();
      },
    }),
    watchBus: (bus) => ({
      openFencedWriter: async (id) => {
        const lane = laneOfWriter(id);
        const writer = await bus.openFencedWriter(id);
        return watchWriter(writer, waiting[lane], (times, progress) => {
          if (progress !== undefined) told(progress);
          for (const time of times) relayed(lane, clock.now() - time);
        });
      },
      openPublisher: () => bus.openPublisher(),
    }),
    behindMs: (lane) => {
      const { oldest, read } = waiting[lane];
      const since = oldest ?? read[0];
      return since === undefined ? 0 : Math.max(0, clock.now() - since);
    },
  };
}
