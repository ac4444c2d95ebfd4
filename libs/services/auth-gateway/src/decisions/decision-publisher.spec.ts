import { TOPICS } from '@tallystick/contracts';
import type { BusRecord } from '@tallystick/ports';

import { createSeededIds } from '@tallystick/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../fixtures/gateway-world.ts';
import type { CountedDecision } from './decision-groups.ts';
import { DecisionPublisher } from './decision-publisher.ts';

const known: CountedDecision = {
  ...{ decision: 'deny', reason: 'bad-secret', rule: 'r', tenant: 'default', productKey: 'pk' },
  ...{ deviceKey: 'dn', deviceId: 'dv', clientId: 'cid', knownUnit: false, viewPosition: 1 },
  ...{ secretVersion: null, clientIdHash: () => 'hash' },
};

describe('a gateway that tells its decisions', () => {
  let sent: BusRecord[] = [];
  let away = false;
  let publisher: DecisionPublisher;
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    [sent, away] = [[], false];
    publisher = new DecisionPublisher({
      publisher: {
        publish: async (records) => {
          if (away) throw new Error('the bus is away');
          sent.push(...records);
        },
        close: async () => undefined,
      },
      gatewayId: 'g',
      clock: { now: () => Date.now(), monotonicMs: () => Date.now() },
      ids: createSeededIds(1),
      logger: silentLogger,
    });
  });
  afterEach(async () => {
    await publisher.close();
    vi.useRealTimers();
  });
  const topics = () => sent.map(({ topic, key }) => `${topic} ${key}`);

  it('given a known name and an unknown one, then nothing is worked out before they are answered', () => {
    const hashed: string[] = [];
    const clientIdHash = (): string => String(hashed.push('hash'));
    publisher.add({ ...known, clientIdHash });
    publisher.add({ ...known, clientIdHash, deviceId: null });
    expect(hashed).toEqual([]);
  });

  it('given a known name, then it is told within 100 ms, on both topics', async () => {
    publisher.add(known);
    await vi.advanceTimersByTimeAsync(100);
    const key = 'default/pk/dn';
    expect(topics()).toEqual([`${TOPICS.decisions} ${key}`, `${TOPICS.explain} ${key}`]);
  });

  it('given 12,000 unknown names, then one record tells of them all', async () => {
    for (let n = 0; n < 12_000; n += 1)
      publisher.add({ ...known, deviceId: null, deviceKey: `r${n}` });
    await vi.advanceTimersByTimeAsync(10_100);
    expect(topics()).toEqual([`${TOPICS.decisions} default/pk`]);
  });

  it('given a whole fleet is refused, then a gateway that stops tells all that it has counted', async () => {
    for (let n = 0; n < 2_500; n += 1)
      publisher.add({ ...known, deviceKey: `d${n}`, deviceId: `dv${n}` });
    await publisher.close();
    expect(sent).toHaveLength(5_000);
  });

  it('given the bus was away, then the same records go out again, under their ids', async () => {
    away = true;
    publisher.add(known);
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual([]);
    away = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toHaveLength(2);
  });
});
