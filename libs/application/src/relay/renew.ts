import {
  deviceStream,
  parseCredentialRecord,
  productStream,
  toCloudEventHeaders,
  TOPICS,
  type CredentialGone,
  type CredentialRecord,
  type Lane,
  type Tick,
} from '@tallystick/contracts';
import type {
  Adoption,
  BusRecord,
  DeliveredRecord,
  EventBus,
  EventStore,
  Ids,
  StoredEvent,
  StoreIdentity,
} from '@tallystick/ports';
import { streamPages } from '../handlers/stream-pages.ts';
import { eachAtOnce } from './each-at-once.ts';
import { fold, hasState, type Folded } from './folded.ts';
import { readTopics } from './read-topics.ts';
import { credentialRecordOf, toRelayRecords } from './relay-records.ts';
import { storeRestored } from './store-restored.ts';
import type { SecretSealing } from './secret-sealing.ts';

export type WriteRecords = (records: readonly BusRecord[]) => Promise<void>;

export interface RenewDeps {
  readonly lane: Lane;
  readonly store: Pick<EventStore, 'readStream' | 'readAll'>;
  readonly bus: Pick<EventBus, 'partitions' | 'subscribe'>;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly sealing: SecretSealing;
}

type Row = Exclude<CredentialRecord, Tick>;

const PAGE = 500;
/**
 * How many keys go into one commit: a transaction of the bus costs about 20 ms, however little it
 * holds.
 */
const KEYS_A_COMMIT = 500;

async function foldNow(
  { store }: Pick<RenewDeps, 'store'>,
  stream: string,
): Promise<Folded | undefined> {
  let folded: Folded | undefined;
  for await (const page of streamPages(store, stream)) folded = fold(folded, page);
  return folded;
}

async function recordsOf(
  { lane, sealing }: RenewDeps,
  { incarnation }: StoreIdentity,
  folded: readonly Folded[],
): Promise<readonly BusRecord[]> {
  const sealedSecretsOf = await sealing.sealAll(folded);
  const { keyEpoch } = sealing;
  return toRelayRecords({ lane, incarnation, events: [], folded, keyEpoch, sealedSecretsOf });
}

function streamOf({ kind, ...row }: Row): string {
  const deviceKey = kind === 'product' || !('deviceKey' in row) ? null : row.deviceKey;
  return deviceKey === null
    ? productStream(row.productKey)
    : deviceStream(row.tenant, row.productKey, deviceKey);
}

function goneOf(row: Row, { identity, head }: Adoption): CredentialGone {
  const { tenant, productKey, revision, keyEpoch } = row;
  const life =
    row.kind === 'product'
      ? { deviceKey: null, deviceId: null, generation: 0 }
      : { deviceKey: row.deviceKey, deviceId: row.deviceId, generation: row.generation };
  const { incarnation } = identity;
  return {
    kind: 'gone',
    tenant,
    productKey,
    ...life,
    revision,
    position: head,
    keyEpoch,
    incarnation,
  };
}

/** A key that the store does not know: its state and its credential are taken away. */
function withdrawn(lane: Lane, key: string, row: Row, adoption: Adoption): readonly BusRecord[] {
  const gone = goneOf(row, adoption);
  const credential = credentialRecordOf(lane, key, gone, adoption.toldAt);
  if (lane === 'fast') return [credential];
  const { storeId, incarnation } = adoption.identity;
  const id = `${storeId}/${incarnation}/${key}`;
  const headers = toCloudEventHeaders({
    ...{ app: 'registry', id, schemaVersion: 1, time: adoption.toldAt, actor: 'system' },
    ...{ type: gone.deviceKey === null ? 'Product' : 'Device', tenant: gone.tenant },
    ...{ subject: gone.deviceId, correlationId: id, causationId: id, place: { in: 'none' } },
  });
  return [{ topic: TOPICS.state, key, value: null, headers }, credential];
}

/** Publishes the present state of every key that had an event in the lost tail. */
async function renewVoid(deps: RenewDeps, adoption: Adoption, write: WriteRecords): Promise<void> {
  const { lane } = deps;
  const renewKey = async (record: DeliveredRecord): Promise<readonly BusRecord[]> => {
    const row = parseCredentialRecord(record);
    if (row === null || row.kind === 'tick' || record.key === null) return [];
    if (row.position <= adoption.voidAfter) return [];
    const folded = await foldNow(deps, streamOf(row));
    return folded === undefined
      ? withdrawn(lane, record.key, row, adoption)
      : recordsOf(deps, adoption.identity, [folded]);
  };
  // The other lane may have published events that this one had not.
  await readTopics(deps, [TOPICS.credentials, TOPICS.restrictions], write, async (records) => {
    for (let at = 0; at < records.length; at += KEYS_A_COMMIT) {
      const found = await eachAtOnce(records.slice(at, at + KEYS_A_COMMIT), renewKey);
      if (found.flat().length > 0) await write(found.flat());
    }
  });
}

const begins = (event: StoredEvent): boolean => event.revision === 1 && hasState(event);

/** Every stream has one first event: going through those finds each key once. */
async function renewAll(deps: RenewDeps, adoption: Adoption, write: WriteRecords): Promise<void> {
  let after = 0;
  for (;;) {
    const page = await deps.store.readAll({ after, limit: PAGE });
    const streams = page.events.filter(begins).map(({ stream }) => stream);
    const folded = await eachAtOnce(streams, (stream) => foldNow(deps, stream));
    const known = folded.filter((each) => each !== undefined);
    if (known.length > 0) await write(await recordsOf(deps, adoption.identity, known));
    if (page.through >= page.head) return;
    after = page.through;
  }
}

/**
 * Fast: the keys of the lost tail, so that what they let in is cut at once. Bulk: StoreRestored,
 * then the same, then the state and the credential of every key of the store.
 */
export async function renewLane(
  deps: RenewDeps,
  adoption: Adoption,
  write: WriteRecords,
): Promise<void> {
  if (deps.lane === 'fast') return renewVoid(deps, adoption, write);
  await write(storeRestored(deps.bus, adoption));
  await renewVoid(deps, adoption, write);
  await renewAll(deps, adoption, write);
}
