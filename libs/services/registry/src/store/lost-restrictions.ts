import { parseCredentialRecord, TICK_KEY, TOPICS } from '@tallystick/contracts';
import { pause, type DeliveredRecord, type EventBus, type Ids } from '@tallystick/ports';

const LONGEST_MS = 15_000;
/** As many as an operator can read through. */
const MOST = 1_000;

/**
 * The position of a record that forbids something; null: it forbids nothing, or is no such record.
 */
function restrictionAt(record: DeliveredRecord): number | null {
  const row = parseCredentialRecord(record);
  switch (row?.kind) {
    case undefined:
    case 'product':
    case 'tick':
      return null;
    case 'gone':
      return row.position;
    case 'device': {
      const barred = row.units.some(({ state }) => state !== 'pending' && state !== 'active');
      return row.disabled || !row.open || barred ? row.position : null;
    }
  }
}

interface Extent {
  /** The last position that the store still has. */
  readonly after: number;
  /** How far the fast lane has come: the last record of every partition is a tick that says so. */
  readonly told: number;
}

function endsAt(record: DeliveredRecord, told: number): boolean {
  const tick = record.key === TICK_KEY ? parseCredentialRecord(record) : null;
  return tick?.kind === 'tick' && tick.upTo >= told;
}

/**
 * The records of the fast lane beyond a position that forbid something: adopting the store undoes
 * them. null: the lane could not be read to its end.
 */
export async function lostRestrictions(
  { bus, ids }: { readonly bus: Pick<EventBus, 'subscribe' | 'partitions'>; readonly ids: Ids },
  { after, told }: Extent,
): Promise<readonly number[] | null> {
  if (told <= after) return [];
  const found = new Set<number>();
  const unread = new Set(Array.from({ length: bus.partitions(TOPICS.restrictions) }, (_, n) => n));
  const end = new AbortController();
  const subscription = await bus.subscribe({
    topics: [TOPICS.restrictions],
    group: `lost-restrictions-${ids.uuid()}`,
    from: 'earliest',
    onBatch: ({ partition, records }) => {
      for (const position of records.map(restrictionAt))
        if (position !== null && position > after && found.size < MOST) found.add(position);
      if (records.some((record) => endsAt(record, told))) unread.delete(partition);
      if (unread.size === 0) end.abort();
      return Promise.resolve();
    },
    onFailed: () => end.abort(),
  });
  try {
    await pause(LONGEST_MS, end.signal);
  } finally {
    await subscription.close();
  }
  return unread.size > 0 ? null : [...found].sort((a, b) => a - b);
}
