import { describe, expect, it } from 'vitest';
import { createKeyedLock } from './keyed-lock.ts';

describe('a lock by key', () => {
  it('lets callers of one key in one after another, also after one that failed', async () => {
    const lock = createKeyedLock();
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} in`);
      await Promise.resolve();
      order.push(`${name} out`);
      if (name === 'a') throw new Error(name);
    };
    const all = ['a', 'b', 'c'].map((name) => lock.run('k', work(name)));
    const ended = await Promise.allSettled(all);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('lets only so many wait for one that never ends; other keys go on', async () => {
    const lock = createKeyedLock(3);
    const never = (): Promise<never> => new Promise(() => undefined);
    for (let n = 0; n < 3; n += 1) void lock.run('k', never);
    await expect(lock.run('k', never)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await lock.run('other', () => Promise.resolve(1))).toBe(1);
  });
});
