import {
  APPENDED_AT_HEADER,
  TICK_KEY,
  toCloudEventHeaders,
  toDeviceState,
  toProductDocument,
  toPublicData,
  toTombstoneHeaders,
  TOPICS,
  type CredentialRecord,
  type DistributedSecret,
  type Lane,
  type Tick,
} from '@tallystick/contracts';
import type { BusRecord, LaneReached, StoredEvent } from '@tallystick/ports';
import { toCredential } from './credential-records.ts';
import { recordKeyOf, type Folded } from './folded.ts';

export const LANE_TOPIC = {
  bulk: TOPICS.credentials,
  fast: TOPICS.restrictions,
} as const satisfies Record<Lane, string>;

export interface RelayInput {
  readonly lane: Lane;
  readonly incarnation: number;
  /** The events that this lane carries, in position order. */
  readonly events: readonly StoredEvent[];
  /** One per key that they touch. */
  readonly folded: readonly Folded[];
  readonly keyEpoch: number;
  readonly sealedSecretsOf: (of: Folded) => readonly DistributedSecret[];
}

function headersOf(
  at: Omit<StoredEvent, 'data'>,
  { id, type, schemaVersion }: Pick<StoredEvent, 'id' | 'type' | 'schemaVersion'>,
): Record<string, string> {
  const { stream, revision, position, time, meta } = at;
  const place = { in: 'stream', stream, revision, position } as const;
  return toCloudEventHeaders({
    app: 'registry',
    id,
    type,
    schemaVersion,
    time,
    ...meta,
    place,
  });
}

function eventRecord(event: StoredEvent): readonly BusRecord[] {
  const key = recordKeyOf(event);
  if (key === null) return [];
  const value = JSON.stringify(toPublicData(event.type, event.data));
  return [{ topic: TOPICS.events, key, value, headers: headersOf(event, event) }];
}

function stateValue({ identity, revision }: Folded): string | null {
  if (identity.kind === 'product') {
    const { state } = identity;
    return state.status === 'absent' ? null : JSON.stringify(toProductDocument(state, revision));
  }
  const { state } = identity;
  return state.status === 'absent' ? null : JSON.stringify(toDeviceState(state, revision));
}

/** The state is an event of its own, whose id is the stream and its revision. */
export function stateRecord(folded: Folded): BusRecord {
  const { at, key, identity } = folded;
  const type = identity.kind === 'device' ? 'Device' : 'Product';
  const headers = headersOf(at, { id: `${at.stream}@${at.revision}`, type, schemaVersion: 1 });
  return { topic: TOPICS.state, key, value: stateValue(folded), headers };
}

function credentialRecord(input: RelayInput, folded: Folded): BusRecord {
  const { keyEpoch, lane } = input;
  const secrets = input.sealedSecretsOf(folded);
  const credential = toCredential(folded, { keyEpoch, secrets, incarnation: input.incarnation });
  const { key, at } = folded;
  return credentialRecordOf(lane, key, credential, at.time);
}

/** On the topic of a lane. `appendedAt`: of the event that it was folded up to. */
export function credentialRecordOf(
  lane: Lane,
  key: string,
  credential: Exclude<CredentialRecord, Tick>,
  appendedAt: number,
): BusRecord {
  const topic = LANE_TOPIC[lane];
  const time = { [APPENDED_AT_HEADER]: String(appendedAt) };
  // On the compacted topic what is gone leaves nothing behind; the fast lane's is kept by age and
  // says it in full.
  return credential.kind === 'gone' && lane === 'bulk'
    ? { topic, key, value: null, headers: { ...toTombstoneHeaders(credential), ...time } }
    : { topic, key, value: JSON.stringify(credential), headers: time };
}

/**
 * Everything that a batch of stored events makes known. Bulk: each event, and per key its state and
 * its credential. Fast: the credential alone.
 */
export function toRelayRecords(input: RelayInput): readonly BusRecord[] {
  const credentials = input.folded.map((folded) => credentialRecord(input, folded));
  if (input.lane === 'fast') return credentials;
  return [...input.events.flatMap(eventRecord), ...input.folded.map(stateRecord), ...credentials];
}

/**
 * A tick for every partition of the lane's own topic. `transient`: one that need not outlive the
 * process (see {@link BusRecord}).
 */
export function toTicks(
  lane: Lane,
  partitions: number,
  reached: LaneReached,
): readonly BusRecord[] {
  const { identity, upTo, upToTime, transient } = reached;
  const tick: Tick = { kind: 'tick', lane, ...identity, upTo, upToTime };
  const value = JSON.stringify(tick);
  const topic = LANE_TOPIC[lane];
  return Array.from({ length: partitions }, (_, partition) => ({
    topic,
    key: TICK_KEY,
    value,
    headers: {},
    partition,
    ...(transient ? { transient } : {}),
  }));
}
