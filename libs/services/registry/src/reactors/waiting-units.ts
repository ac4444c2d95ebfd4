import type { IdentityHandlers } from '@tallystick/application';
import { parseStream } from '@tallystick/contracts';
import type { EpochMs } from '@tallystick/kernel';
import type { EventStore, StoredEvent } from '@tallystick/ports';

const PAGE = 1_000;
const TYPES = [
  'ClientIdClaimed',
  'ClientIdActivated',
  'ClientIdReleased',
  'ClientIdPurged',
  'ClientIdRestored',
  'DeviceDeleted',
];

/** A unit that waits: for its first login, or for the end of its purge. */
export interface WaitingUnit {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  readonly clientId: string;
  readonly state: 'pending' | 'purging';
  readonly pendingSince: EpochMs;
}

/** Follows the store for units that wait. What the events suggest is looked up in the stream before it is told. */
export interface WaitingUnits {
  list(): Promise<readonly WaitingUnit[]>;
}

/** Streams with ClientIDs that may be waiting, as the events go by. */
function createSuspects() {
  const suspects = new Map<string, Set<string>>();

  const add = (stream: string, clientIds: readonly unknown[]): void => {
    const known = suspects.get(stream) ?? new Set();
    suspects.set(stream, known);
    for (const clientId of clientIds) known.add(String(clientId));
  };
  const drop = (stream: string, clientId: string): void => {
    const known = suspects.get(stream);
    known?.delete(clientId);
    if (known?.size === 0) suspects.delete(stream);
  };
  const take = ({ type, stream, data }: StoredEvent): void => {
    const restored = data['clientIds'];
    if (type === 'DeviceDeleted') suspects.delete(stream);
    else if (type === 'ClientIdRestored') add(stream, Array.isArray(restored) ? restored : []);
    else if (type === 'ClientIdActivated' || type === 'ClientIdReleased')
      drop(stream, String(data['clientId']));
    else add(stream, [data['clientId']]);
  };
  return { take, all: () => suspects, clear: (stream: string) => void suspects.delete(stream) };
}

export function createWaitingUnits(
  store: Pick<EventStore, 'readAll'>,
  loading: IdentityHandlers['loading'],
): WaitingUnits {
  const suspects = createSuspects();
  let after = 0;
  const follow = async (): Promise<void> => {
    for (;;) {
      const page = await store.readAll({ after, limit: PAGE, types: TYPES });
      page.events.forEach(suspects.take);
      after = page.through;
      if (page.through >= page.head) return;
    }
  };
  const lookUp = async (stream: string, clientIds: Set<string>): Promise<WaitingUnit[]> => {
    const name = parseStream(stream);
    if (name.kind !== 'device') return [];
    const { tenant, productKey, deviceKey } = name;
    const { state } = await loading.device(tenant, productKey, deviceKey);
    if (state.status === 'absent') return [];
    const { generation } = state;
    return state.units.units.flatMap(({ clientId, state: now, pendingSince }) =>
      clientIds.has(clientId) && (now === 'pending' || now === 'purging')
        ? [{ tenant, productKey, deviceKey, generation, clientId, state: now, pendingSince }]
        : [],
    );
  };

  return {
    list: async () => {
      await follow();
      const found: WaitingUnit[] = [];
      for (const [stream, clientIds] of suspects.all()) {
        const waiting = await lookUp(stream, clientIds);
        if (waiting.length === 0) suspects.clear(stream);
        found.push(...waiting);
      }
      return found;
    },
  };
}
