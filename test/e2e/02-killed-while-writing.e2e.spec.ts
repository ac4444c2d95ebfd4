import { beforeAll, describe, expect, it } from 'vitest';
import { rounds } from '@tallystick/test-kit';
import type { Reply } from './harness/api.ts';
import { givenAllInOne } from './harness/given.ts';

const ROUNDS = rounds(20);
const POSTS = 50;
const AT_ONCE = 16;

describe('step 2: kill -9 while devices are being registered', { tags: ['long'] }, () => {
  const given = givenAllInOne();
  beforeAll(async () => {
    const created = await given.api('POST', '/products', { productKey: 'kill', name: 'Kill' });
    expect(created.status).toBe(201);
  });

  const register = (round: number, index: number): Promise<Reply> =>
    given.api(
      'POST',
      '/devices',
      { productKey: 'kill', deviceKey: `d-${round}-${index}` },
      { 'idempotency-key': `key-${round}-${index}` },
    );

  /**
   * Posts with 16 at once; the process is killed when `killAfter` have been answered. Answers the
   * bodies that came.
   */
  async function postUntilKilled(round: number, killAfter: number): Promise<Map<number, string>> {
    const acknowledged = new Map<number, string>();
    let next = 0;
    let killed: Promise<void> | undefined;
    const worker = async (): Promise<void> => {
      while (next < POSTS) {
        const index = next++;
        const reply = await register(round, index).catch(() => null);
        if (reply?.status === 201) acknowledged.set(index, reply.text);
        if (acknowledged.size >= killAfter) killed ??= given.app.kill();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await (killed ?? given.app.kill());
    return acknowledged;
  }

  it('keeps every acknowledged device, and answers each replayed Idempotency-Key with the same body', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      // Given posts that are cut at a different point each round
      const acknowledged = await postUntilKilled(round, 1 + ((round * 7) % 40));
      // When the platform has come back
      await given.app.restart();
      // Then each key gives what it gave, and the others are done now, once
      const replay = async (index: number): Promise<void> => {
        const replayed = await register(round, index);
        expect(replayed.status, replayed.text).toBe(201);
        const before = acknowledged.get(index);
        if (before !== undefined) expect(replayed.text).toBe(before);
        const again = await register(round, index);
        expect(again.text).toBe(replayed.text);
      };
      await Promise.all(Array.from({ length: POSTS }, (_, index) => replay(index)));
      const found = await given.api(
        'GET',
        `/devices/${String((await register(round, 0)).body['deviceId'])}`,
      );
      expect(found.status).toBe(200);
    }
    // And nobody stands there twice
    const keys: string[] = [];
    for (let cursor: unknown = ''; cursor !== null;) {
      const page: Reply = await given.api(
        'GET',
        `/devices?productKey=kill&limit=500${cursor ? `&cursor=${String(cursor)}` : ''}`,
      );
      const { data } = page.body;
      for (const row of Array.isArray(data) ? data : [])
        keys.push(String((row as { deviceKey: string }).deviceKey));
      cursor = page.body['nextCursor'] ?? null;
    }
    expect(keys).toHaveLength(ROUNDS * POSTS);
    expect(new Set(keys).size).toBe(ROUNDS * POSTS);
  });
});
