import type { IdempotencyRecord, IdempotencyStore } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { openedOnce, type Opened } from './opened.ts';

const record = (key: string, createdAt = 10): IdempotencyRecord => ({
  ...{ key, requestHash: 'h', plan: Uint8Array.from([1]), reply: null, createdAt },
});

/** What every store of promised replies must do (ports: idempotency). */
export function idempotencyStoreConformance(
  name: string,
  open: () => Promise<Opened<IdempotencyStore>>,
): void {
  describe(`${name} as a store of promised replies`, () => {
    const replies = openedOnce(open);

    it('knows nothing of a key that never came', async () => {
      expect(await replies().find('unknown')).toBeNull();
    });

    it('promises a key once', async () => {
      expect(await replies().insert(record('once'))).toBe(true);
      expect(await replies().insert({ ...record('once'), requestHash: 'other' })).toBe(false);
      const found = await replies().find('once');
      expect(found).toMatchObject({ key: 'once', requestHash: 'h', reply: null, createdAt: 10 });
      expect([...(found?.plan ?? [])]).toEqual([1]);
    });

    it('given two at once, one of them has the key', async () => {
      const taken = await Promise.all([1, 2].map(() => replies().insert(record('raced'))));
      expect(taken.toSorted()).toEqual([false, true]);
    });

    it('forgets a plan that was refused, and never a reply', async () => {
      await replies().insert(record('refused'));
      await replies().remove('refused');
      expect(await replies().find('refused')).toBeNull();
      await replies().insert(record('kept'));
      await replies().complete('kept', Uint8Array.from([9]));
      await replies().remove('kept');
      expect([...((await replies().find('kept'))?.reply ?? [])]).toEqual([9]);
    });

    it('forgets those that are older than a time, and says how many', async () => {
      await replies().insert(record('old', 3));
      await replies().insert(record('young', 4));
      expect(await replies().deleteOlderThan(4)).toBe(1);
      expect(await replies().find('old')).toBeNull();
      expect(await replies().find('young')).not.toBeNull();
    });
  });
}
