import { PortError } from '@tallystick/kernel';
import type { RelayMapper, StoredEvent } from '@tallystick/ports';
import { describe, expect, it } from 'vitest';
import { createRelayCheck, createRelayLog } from './relay-check.ts';

const SOME = [{}] as unknown as readonly StoredEvent[];

function given() {
  let now = 0;
  let failure: Error | null = null;
  const check = createRelayCheck(() => now);
  const lane = (): RelayMapper =>
    check.watch({
      types: undefined,
      map: () => (failure === null ? Promise.resolve([]) : Promise.reject(failure)),
      ticks: () => [],
      renew: () => Promise.resolve(),
      instead: () => null,
      forget: () => undefined,
    });
  const tries = async (mapper: RelayMapper, error: Error | null, events = SOME) => {
    failure = error;
    await mapper.map(events, { storeId: 's', incarnation: 1 }).catch(() => undefined);
  };
  return { check, lane, tries, passes: (ms: number) => (now += ms) };
}

const corrupt = new PortError('corrupt', 'secret 17 does not open under the key ring');

describe('the check of the relay', () => {
  it('given lanes that go on, then ok', async () => {
    const { check, lane, tries } = given();
    expect(check.state()).toBe('ok');
    await tries(lane(), null);
    expect(check.state()).toBe('ok');
  });

  it('given a secret that does not open, then the check says so until the lane is past it, and names no secret', async () => {
    const { check, lane, tries } = given();
    const [fast, bulk] = [lane(), lane()];
    await tries(bulk, corrupt);
    expect(check.state()).toMatch(/^stuck: .*key ring/);
    expect(check.state()).not.toContain('17');
    await tries(fast, null);
    await tries(bulk, null, []);
    expect(check.state()).toMatch(/^stuck/);
    await tries(bulk, null);
    expect(check.state()).toBe('ok');
  });

  it('given an event of a newer release, or a defect, then stuck; given a store that is away, then not', async () => {
    const { check, lane, tries } = given();
    await tries(lane(), new PortError('unavailable', 'away'));
    expect(check.state()).toBe('ok');
    const mapper = lane();
    await tries(mapper, new PortError('misconfigured', 'DeviceMelted v1 is not known'));
    expect(check.state()).toMatch(/^stuck: .*newer release/);
    await tries(mapper, new Error('a defect'));
    expect(check.state()).toBe('stuck: see the log');
  });

  it('given another process leads since, then this one says nothing of it', async () => {
    const { check, lane, tries, passes } = given();
    await tries(lane(), corrupt);
    passes(30_000);
    expect(check.state()).toBe('ok');
  });
});

describe('the log of the relay', () => {
  it('given the same failure again and again, then it is told once a minute; another one at once', () => {
    const told: object[] = [];
    let now = 0;
    const record = (fields: object): void => void told.push(fields);
    const log = createRelayLog({ info: record, warn: record }, () => now);
    const [one, other] = [{ problem: 'secret 1' }, { problem: 'secret 2' }];
    for (let n = 0; n < 5; n += 1) log.warn(one, 'a lane has failed');
    expect(told).toEqual([one]);
    log.warn(other, 'a lane has failed');
    log.warn(other, 'a lane has failed');
    now += 60_000;
    log.warn(other, 'a lane has failed');
    expect(told).toEqual([one, other, other]);
    log.info(one, 'relaying');
    log.info(one, 'relaying');
    expect(told).toHaveLength(5);
  });
});
