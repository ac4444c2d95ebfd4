import type { SealedSecret, SecretStore } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { openedOnce, type Opened } from './opened.ts';

const secret = (secretId: string, owner: string): SealedSecret => ({
  ...{ secretId, owner, keyId: 'k1', createdAt: 5 },
  sealed: Uint8Array.from([1, 2, 3]),
  wrappedDataKey: Uint8Array.from([4, 5]),
  forGateways: owner === 'a' ? `1|1|1|${secretId}` : null,
});

/** Bytes as numbers: a driver gives buffers. */
const plain = (row: SealedSecret) => ({
  ...row,
  ...{ sealed: [...row.sealed], wrappedDataKey: [...row.wrappedDataKey] },
});

const idsOf = (rows: readonly { readonly secretId: string }[]): string[] =>
  rows.map(({ secretId }) => secretId);

/** What every table of sealed secrets must do (ports: secrets). */
export function secretStoreConformance(
  name: string,
  open: () => Promise<Opened<SecretStore>>,
): void {
  describe(`${name} as a table of sealed secrets`, () => {
    const secrets = openedOnce(open);

    it('keeps what was sealed by id, and leaves out what is unknown', async () => {
      await secrets().insert([secret('s1', 'a'), secret('s2', 'a'), secret('s3', 'b')]);
      const found = await secrets().find(['s1', 's3', 'unknown']);
      const sorted = found.toSorted((one, two) => (one.secretId < two.secretId ? -1 : 1));
      expect(sorted.map(plain)).toEqual([secret('s1', 'a'), secret('s3', 'b')].map(plain));
      expect(await secrets().find([])).toEqual([]);
      await secrets().deleteOf('a');
      await secrets().deleteOf('b');
    });

    it('given an id that stands there, an insert changes nothing', async () => {
      await secrets().insert([secret('twice', 'first')]);
      await secrets().insert([secret('twice', 'second')]);
      const [row, ...more] = await secrets().find(['twice']);
      expect([row?.owner, more]).toEqual(['first', []]);
      await secrets().deleteOf('first');
    });

    it('forgets all of an owner, and nothing of another', async () => {
      await secrets().insert([secret('o1', 'gone'), secret('o2', 'gone'), secret('o3', 'stays')]);
      expect(await secrets().deleteOf('gone')).toBe(2);
      expect(await secrets().deleteOf('gone')).toBe(0);
      expect(idsOf(await secrets().find(['o1', 'o2', 'o3']))).toEqual(['o3']);
      await secrets().deleteOf('stays');
    });

    it('lists whose the rows are in the order of their ids, page by page', async () => {
      const rows = Array.from({ length: 5 }, (_, n) => secret(`z${n}`, 'pages'));
      await secrets().insert(rows.toReversed());
      expect(await secrets().listAfter('z', 3)).toEqual(
        ['z0', 'z1', 'z2'].map((secretId) => ({ secretId, owner: 'pages', createdAt: 5 })),
      );
      expect(idsOf(await secrets().listAfter('z2', 3))).toEqual(['z3', 'z4']);
      await secrets().deleteOf('pages');
    });

    it('deletes the rows that are named, and says how many there were', async () => {
      const rows = Array.from({ length: 5 }, (_, n) => secret(`y${n}`, 'rows'));
      await secrets().insert(rows);
      expect(await secrets().deleteRows(['y1', 'y3', 'unknown'])).toBe(2);
      expect(await secrets().deleteRows([])).toBe(0);
      expect(idsOf(await secrets().listAfter('y', 9))).toEqual(['y0', 'y2', 'y4']);
      await secrets().deleteOf('rows');
    });

    it('takes more rows at once than a statement has parameters', async () => {
      const rows = Array.from({ length: 1_200 }, (_, n) => secret(`m${10_000 + n}`, 'many'));
      await secrets().insert(rows);
      expect(await secrets().find(idsOf(rows))).toHaveLength(1_200);
      expect(await secrets().deleteRows(idsOf(rows))).toBe(1_200);
    });
  });
}
