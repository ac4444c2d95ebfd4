import { createHash } from 'node:crypto';
import { toCloudEventHeaders, TOPICS } from '@tallystick/contracts';
import type { Adoption, BusRecord, EventBus } from '@tallystick/ports';

/** Kafka's key of what is of the installation as a whole. */
const STORE_KEY = '//store';

/** Made of what it tells of: whoever tells it again after a crash tells the same. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}

/**
 * StoreRestored, in every partition of identity.events.v1, so that each reader meets it in the
 * order of what it reads. All copies have one id.
 */
export function storeRestored(
  bus: Pick<EventBus, 'partitions'>,
  { identity, voidAfter, toldAt }: Adoption,
): readonly BusRecord[] {
  const { storeId, incarnation } = identity;
  const id = uuidOf(`${storeId}/${incarnation}`);
  const headers = toCloudEventHeaders({
    ...{ app: 'registry', id, type: 'StoreRestored', schemaVersion: 1, time: toldAt },
    ...{ tenant: 'default', subject: null, actor: 'system', correlationId: id, causationId: id },
    place: { in: 'none' },
  });
  const value = JSON.stringify({ storeId, incarnation, lastPosition: voidAfter });
  return Array.from({ length: bus.partitions(TOPICS.events) }, (_, partition) => ({
    ...{ topic: TOPICS.events, key: STORE_KEY, value, headers, partition },
  }));
}
