import { parseStream } from '@tallystick/contracts';
import { streamPages } from '../handlers/stream-pages.ts';
import type { Clock, EventStore, SecretRow, SecretStore } from '@tallystick/ports';

/**
 * A secret is written before the event that names it. A row stays unnamed when its call lost a race
 * or died; but as long as a call may be repeated under its Idempotency-Key (24 h) the planned event
 * may still be made: an hour longer than that.
 */
export const UNNAMED_KEPT_MS = 25 * 3_600_000;
const PAGE = 500;

export interface UnnamedSecretsDeps {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly secrets: Pick<SecretStore, 'listAfter' | 'deleteRows'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Deletes those of the next rows that no event names. `after` is the last row that was looked at;
 * answers the new one: the same when no other is old enough.
 */
export type CollectUnnamed = (after: string) => Promise<string>;

export function createUnnamedSecrets({
  store,
  secrets,
  clock,
}: UnnamedSecretsDeps): CollectUnnamed {
  /** The rows of one owner that no event names. Its stream is read once, in pages. */
  const unnamedOf = async (owner: string, rows: readonly SecretRow[]): Promise<string[]> => {
    const { kind } = parseStream(owner);
    // This function knows only the owner's own stream; it cannot judge secrets that other streams
    // name.
    if (kind !== 'device' && kind !== 'product') return [];
    const unnamed = new Set(rows.map(({ secretId }) => secretId));
    for await (const page of streamPages(store, owner)) {
      for (const { data } of page) unnamed.delete(String(data['secretId']));
      if (unnamed.size === 0) break;
    }
    return [...unnamed];
  };

  return async (after) => {
    const horizon = clock.now() - UNNAMED_KEPT_MS;
    const rows = await secrets.listAfter(after, PAGE);
    const young = rows.findIndex(({ createdAt }) => createdAt > horizon);
    const old = young === -1 ? rows : rows.slice(0, young);
    const unnamed: string[] = [];
    for (const [owner, own] of Map.groupBy(old, (row) => row.owner))
      unnamed.push(...(await unnamedOf(owner, own)));
    if (unnamed.length > 0) await secrets.deleteRows(unnamed);
    return old.at(-1)?.secretId ?? after;
  };
}
