import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DoorWatch } from './door-watch.ts';

const limit = 'maxHalfOpenPerAddress';
const MINUTE_MS = 60_000;

describe('what is said of sockets that were closed at the door', () => {
  let said: object[] = [];
  let watch: DoorWatch;
  beforeEach(() => {
    vi.useFakeTimers();
    said = [];
    watch = new DoorWatch(
      { turnedAway: () => undefined },
      { warn: (fields: object) => void said.push(fields) },
    );
  });
  afterEach(() => {
    watch.close();
    vi.useRealTimers();
  });

  const line = (address: string, sockets: number) => ({
    ...{ address, sockets, limits: { [limit]: sockets } },
  });
  const flood = (address: string, sockets: number): void => {
    for (let n = 0; n < sockets; n += 1) watch.turnedAway({ address, limit });
  };

  it('given a flood of one address, then its first is told at once, and the others a minute apart', () => {
    for (let second = 0; second < 300; second += 1) {
      flood('1.1.1.1', 10);
      vi.advanceTimersByTime(1_000);
    }
    expect(said.length).toBeLessThanOrEqual(5);
    expect(said[0]).toEqual(line('1.1.1.1', 1));
    watch.close();
    const sockets = said.map((fields) => (fields as { sockets: number }).sockets);
    expect(sockets.reduce((sum, count) => sum + count, 0)).toBe(3_000);
  });

  it('given several limits kept an address out, then one line names each', () => {
    watch.turnedAway({ address: '1.1.1.1', limit });
    watch.turnedAway({ address: '1.1.1.1', limit: 'maxConnections' });
    flood('1.1.1.1', 2);
    vi.advanceTimersByTime(2 * MINUTE_MS);
    expect(said.slice(1)).toEqual([
      { address: '1.1.1.1', sockets: 3, limits: { maxConnections: 1, [limit]: 2 } },
    ]);
  });

  it('given an address came to rest, then its next socket is told at once again', () => {
    flood('1.1.1.1', 1);
    vi.advanceTimersByTime(3 * MINUTE_MS);
    flood('1.1.1.1', 1);
    expect(said).toEqual([line('1.1.1.1', 1), line('1.1.1.1', 1)]);
  });

  it('given more addresses than are told apart, then the rest share a line', () => {
    for (let n = 0; n < 3_000; n += 1) flood(`address-${String(n)}`, 1);
    expect(said).toHaveLength(1_001);
    vi.advanceTimersByTime(2 * MINUTE_MS);
    expect(said.at(-1)).toEqual(line('others', 1_999));
  });
});
