import { describe, expect, it } from 'vitest';
import { silentLogger } from '../fixtures/gateway-world.ts';
import { SlotReleases } from './slot-releases.ts';

const request = {
  ...{ tenant: 'default', productKey: 'pk', deviceKey: 'dn', generation: 1, clientId: 'c' },
  reason: 'connection-lost',
} as const;

describe('slots to be released', () => {
  it('are asked for up to a bound, while a registry takes the question and never answers', () => {
    let asked = 0;
    const never = (): Promise<boolean> => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const releases = new SlotReleases({ release: never, abandon: never }, silentLogger);
    for (let i = 0; i < 10_000; i += 1) releases.release(request);
    expect(asked).toBe(2_000);
    releases.close();
  });

  it('make room for others when they are done', async () => {
    let asked = 0;
    const done = (): Promise<boolean> => {
      asked += 1;
      return Promise.resolve(true);
    };
    const releases = new SlotReleases({ release: done, abandon: done }, silentLogger);
    for (let i = 0; i < 3_000; i += 1) {
      releases.release(request);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(asked).toBe(3_000);
    releases.close();
  });
});
