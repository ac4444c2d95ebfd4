import { FAST_EVENT_TYPES, laneOf, TOPICS, type Lane } from '@tallystick/contracts';
import type { BusRecord, EventBus, EventStore, StoredEvent } from '@tallystick/ports';
import { recordKeyOf } from './folded.ts';
import { toRelayRecords, toTicks } from './relay-records.ts';
import { createSecretSealing, type GatewaySecrets, type TruthSecrets } from './secret-sealing.ts';
import { createStreamFolder } from './stream-folder.ts';

/** What one lane of the relay makes of stored events. Called for one batch after another, in position order. */
export interface RelayMapper {
  /** The event types that the lane reads; undefined: all. */
  readonly types: readonly string[] | undefined;
  /** Empty when none of them is of the lane's concern. */
  map(events: readonly StoredEvent[]): Promise<readonly BusRecord[]>;
  ticks(reached: {
    readonly upTo: number;
    readonly upToTime: number;
    readonly transient: boolean;
  }): readonly BusRecord[];
  /** To be called when the log is read again from an earlier position. */
  forget(): void;
}

export interface RelayMapperDeps {
  readonly lane: Lane;
  readonly store: Pick<EventStore, 'readStream'>;
  /** Partition counts, known after ensureTopics. */
  readonly bus: Pick<EventBus, 'partitions'>;
  readonly vault: TruthSecrets;
  readonly sealer: GatewaySecrets;
  /** How many folded streams (about 1 KB each) and sealed secrets are remembered; more make the collector's work dearer than the reads they save. */
  readonly remembered?: number;
}

export function createRelayMapper(deps: RelayMapperDeps): RelayMapper {
  const { lane, store, bus, vault, sealer, remembered = 5_000 } = deps;
  const folder = createStreamFolder(store, remembered);
  const sealing = createSecretSealing(vault, sealer, remembered);
  const topic = lane === 'bulk' ? TOPICS.credentials : TOPICS.restrictions;

  const concerns = (event: StoredEvent): boolean =>
    recordKeyOf(event) !== null && (lane === 'bulk' || laneOf(event.type, event.data) === 'fast');

  return {
    types: lane === 'bulk' ? undefined : FAST_EVENT_TYPES,
    async map(all) {
      const events = all.filter(concerns);
      if (events.length === 0) return [];
      const folded = await (lane === 'bulk' ? folder.upTo(events) : folder.newest(events));
      const sealedSecretsOf = await sealing.sealAll(folded);
      return toRelayRecords({ lane, events, folded, keyEpoch: sealing.keyEpoch, sealedSecretsOf });
    },
    ticks: (reached) => toTicks(lane, bus.partitions(topic), reached),
    forget() {
      folder.forget();
      sealing.forget();
    },
  };
}
