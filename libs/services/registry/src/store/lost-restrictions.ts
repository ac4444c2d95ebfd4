import { parseCredentialRecord, TOPICS } from '@tallystick/contracts';
import type { DeliveredRecord, EventBus, Ids } from '@tallystick/ports';
import { pause } from '../reactors/bus-link.ts';

/** The relay stands still, so the topic has an end: it is reached when nothing has come for so long. */
const QUIET_MS = 1_000;
const LONGEST_MS = 10_000;
/** As many as an operator can read through. */
const MOST = 1_000;

/** The position of a record that forbids something; null: it forbids nothing, or is no such record. */
function restrictionAt(record: DeliveredRecord): number | null {
  const row = parseCredentialRecord(record);
  switch (row?.kind) {
    case 'gone':
      return row.position;
    case 'device': {
      const barred = row.units.some(({ state }) => state !== 'pending' && state !== 'active');
      return row.disabled || !row.open || barred ? row.position : null;
    }
    default:
      return null;
  }
}

/** What was told on the fast lane beyond a position and forbids something: adopting the store undoes it. */
export async function lostRestrictions(
  { bus, ids }: { readonly bus: Pick<EventBus, 'subscribe'>; readonly ids: Ids },
  after: number,
): Promise<readonly number[]> {
  const found = new Set<number>();
  const end = new AbortController();
  const latest = setTimeout(() => end.abort(), LONGEST_MS);
  let came = true;
  const subscription = await bus.subscribe({
    topics: [TOPICS.restrictions],
    group: `lost-restrictions-${ids.uuid()}`,
    from: 'earliest',
    onBatch: ({ records }) => {
      came = true;
      for (const position of records.map(restrictionAt))
        if (position !== null && position > after && found.size < MOST) found.add(position);
      return Promise.resolve();
    },
    onFailed: () => end.abort(),
  });
  try {
    await Promise.race([subscription.ready, pause(LONGEST_MS, end.signal)]);
    while (came && !end.signal.aborted) {
      came = false;
      await pause(QUIET_MS, end.signal);
    }
  } finally {
    clearTimeout(latest);
    await subscription.close();
  }
  return [...found].sort((a, b) => a - b);
}
