import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGatewayKeys, parseKeyRing } from '@tallystick/application';
import { createEventStore, type OpenedEventStore } from '@tallystick/event-store';
import { newGatewayKeys, newKeyRing } from '@tallystick/services-edge';
import type {} from '@tallystick/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { specDatabase } from '@tallystick/event-store/testing';
import { checkKnownKeys, type Keys } from './known-keys.ts';

const database = specDatabase(inject('databaseUrl'), 'keys');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-keys-'));

/** Keys as a registry makes them that finds no files: of the same names each time. */
function freshKeys(): Keys {
  const keyRing = parseKeyRing(newKeyRing(new Date()));
  const epochKeys = parseGatewayKeys(newGatewayKeys());
  if (!keyRing.ok || !epochKeys.ok) throw new Error('no keys');
  return { keyRing: keyRing.value, epochKeys: epochKeys.value };
}

beforeAll(() => database.create());
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

describe.each(['SQLite', 'PostgreSQL'] as const)('the keys of a registry on %s', (kind) => {
  const first = freshKeys();
  const other = freshKeys();
  let opened: OpenedEventStore;
  beforeAll(async () => {
    const databaseUrl = kind === 'SQLite' ? null : database.url;
    opened = await createEventStore({ databaseUrl, file: join(folder, 'store.sqlite') });
  });
  afterAll(() => opened.close());

  it('given two registries start at once on an empty database, each with its own keys, then one of them is refused', async () => {
    const ends = await Promise.allSettled(
      [first, other].map((keys) => checkKnownKeys(opened.db, keys)),
    );
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await opened.db.write((session) => session.run('DELETE FROM registry_keys'));
  });

  it('given the same keys at the next start, and new ones before them, then they are taken', async () => {
    await checkKnownKeys(opened.db, first);
    const [key] = other.keyRing;
    const rotated = { ...first, keyRing: [{ ...key, id: 'k2' }, ...first.keyRing] as const };
    await checkKnownKeys(opened.db, rotated);
    await checkKnownKeys(opened.db, first);
  });

  it.each([
    ['key ring', { keyRing: other.keyRing }, 'TALLYSTICK_KEY_RING_FILE: key k1 '],
    ['gateway keys', { epochKeys: other.epochKeys }, 'TALLYSTICK_GATEWAY_KEYS_FILE: key 1 '],
  ])(
    'given a %s that was made anew, then it is refused again and again',
    async (_, lost, words) => {
      for (let start = 0; start < 2; start += 1)
        await expect(checkKnownKeys(opened.db, { ...first, ...lost })).rejects.toMatchObject({
          code: 'misconfigured',
          message: expect.stringContaining(words) as string,
        });
    },
  );
});
