import { parseStream } from '@tallystick/contracts';
import type { Clock, EventStore, SecretRow, SecretStore } from '@tallystick/ports';

/**
 * A secret is written before the event that names it. A row stays unnamed when its call lost a race or died; but as long as a call may be
 * repeated under its Idempotency-Key (24 h) the planned event may still be made: an hour longer than that.
 */
export const UNNAMED_KEPT_MS = 25 * 3_600_000;
const PAGE = 500;

export interface UnnamedSecretsDeps {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly secrets: Pick<SecretStore, 'listAfter' | 'deleteRows'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Deletes those of the next rows that no event names. `after` is the last row that was looked at; answers the new one: the same when no other is old enough. */
export type CollectUnnamed = (after: string) => Promise<string>;

export function createUnnamedSecrets({
  store,
  secrets,
  clock,
}: UnnamedSecretsDeps): CollectUnnamed {
  const isNamed = async ({ secretId, owner }: SecretRow): Promise<boolean> => {
    const { kind } = parseStream(owner);
    // Whose secrets are named elsewhere than in the owner's own stream is not known here.
    if (kind !== 'device' && kind !== 'product') return true;
    const events = await store.readStream(owner);
    return events.some(({ data }) => data['secretId'] === secretId);
  };

  return async (after) => {
    const horizon = clock.now() - UNNAMED_KEPT_MS;
    const rows = await secrets.listAfter(after, PAGE);
    const young = rows.findIndex(({ createdAt }) => createdAt > horizon);
    const old = young === -1 ? rows : rows.slice(0, young);
    const unnamed: string[] = [];
    for (const row of old) if (!(await isNamed(row))) unnamed.push(row.secretId);
    if (unnamed.length > 0) await secrets.deleteRows(unnamed);
    return old.at(-1)?.secretId ?? after;
  };
}
