import { FAST_EVENT_TYPES, laneOf, type Lane } from '@tallystick/contracts';
import type { EventBus, EventStore, Ids, RelayMapper, StoredEvent } from '@tallystick/ports';
import { hasState, recordKeyOf } from './folded.ts';
import { keptOut } from './kept-out.ts';
import { renewLane } from './renew.ts';
import { LANE_TOPIC, toRelayRecords, toTicks } from './relay-records.ts';
import { createSecretSealing, type GatewaySecrets, type TruthSecrets } from './secret-sealing.ts';
import { createStreamFolder } from './stream-folder.ts';

export interface RelayMapperDeps {
  readonly lane: Lane;
  readonly store: Pick<EventStore, 'readStream' | 'readAll'>;
  /** Partition counts, known after ensureTopics. */
  readonly bus: Pick<EventBus, 'partitions' | 'subscribe'>;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly vault: TruthSecrets;
  readonly sealer: GatewaySecrets;
  /**
   * How many folded streams (about 1 KB each) and sealed secrets are remembered; more make the
   * collector's work dearer than the reads they save.
   */
  readonly remembered?: number;
}

export function createRelayMapper(deps: RelayMapperDeps): RelayMapper {
  const { lane, store, bus, ids, vault, sealer, remembered = 5_000 } = deps;
  const folder = createStreamFolder(store, remembered);
  const sealing = createSecretSealing(vault, sealer, remembered);
  const topic = LANE_TOPIC[lane];

  const concerns = (event: StoredEvent): boolean =>
    recordKeyOf(event) !== null && (lane === 'bulk' || laneOf(event.type, event.data) === 'fast');

  return {
    types: lane === 'bulk' ? undefined : FAST_EVENT_TYPES,
    async map(all, { incarnation }) {
      const events = all.filter(concerns);
      if (events.length === 0) return [];
      const ofStates = events.filter(hasState);
      const folded = await (lane === 'bulk' ? folder.upTo(ofStates) : folder.newest(ofStates));
      const sealedSecretsOf = await sealing.sealAll(folded);
      const { keyEpoch } = sealing;
      return toRelayRecords({ lane, incarnation, events, folded, keyEpoch, sealedSecretsOf });
    },
    renew: (adoption, write) => renewLane({ lane, store, bus, ids, sealing }, adoption, write),
    ticks: (reached) => toTicks(lane, bus.partitions(topic), reached),
    instead: (record) => (record.topic === topic ? keptOut(lane, record) : null),
    forget() {
      folder.forget();
      sealing.forget();
    },
  };
}
