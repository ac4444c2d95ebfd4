import { beforeEach, expect, it } from 'vitest';
import type { SecretClaim } from '../decide/decision.types.ts';
import { product } from '../fixtures/credentials.ts';
import type { DeviceIdentity } from '../gateway.types.ts';
import { LiveFetches, type Fetch } from './live-fetches.ts';

const name = { productKey: 'pk', deviceKey: 'dn' };
const grant = {
  ...{ deviceSecret: 's', secretVersion: 1, deviceId: 'dv_dn' },
  ...{ generation: 1, tenant: 'default', position: 9 },
};
const claim: SecretClaim = {
  ...{ decision: 'ask-registry', asks: 'secret', delivery: 'enos', saidId: null, ...name },
  ...{ product: product(), dialect: 'enos', clientId: 'c', rule: 'r', secretVersion: 1 },
  ...{ tenant: 'default', deviceId: null, knownUnit: false },
};
const identity = (): DeviceIdentity => ({
  ...{ tenant: 'default', ...name, deviceId: 'dv_dn', generation: 1, unit: null, clientId: 'c' },
  ...{ dialect: 'enos', secretVersion: 1, secretUntil: null, activates: null, viewVersion: 0 },
});

let live: LiveFetches;
beforeEach(() => (live = new LiveFetches()));

function begin(sessionId: string, nowMs: number, deviceKey = 'dn') {
  const basis = { productKey: 'pk', deviceKey, generation: 1, secretVersion: 1, position: 9 };
  const fetch: Fetch = { sessionId, claim, grant, basis, untilMs: nowMs + 30, over: false };
  const who = identity();
  live.add(who, fetch, nowMs);
  return { fetch, who };
}

it('given two sessions of one device, then both are found by it, and by their product', () => {
  const [one, two] = [begin('a', 0), begin('b', 1)];
  begin('c', 2, 'other');
  expect(live.ofDevice(name)).toEqual([one.fetch, two.fetch]);
  expect(live.ofProduct('pk')).toHaveLength(3);
  live.remove(one.fetch);
  expect(live.ofDevice(name)).toEqual([two.fetch]);
  expect(one.fetch.over).toBe(true);
});

it('given that the time of one is over, then it is forgotten with the next that begins', () => {
  const { fetch, who } = begin('a', 0);
  begin('b', 29);
  expect(live.size).toBe(2);
  begin('c', 30);
  expect(live.size).toBe(2);
  expect(live.of(who)).toMatchObject({ sessionId: 'a', over: true });
  expect(fetch.over).toBe(true);
});

it('given more than are kept, then the oldest is not looked for any more, and is not over', () => {
  const { fetch } = begin('first', 0);
  for (let i = 0; i < 20_000; i += 1) begin(`s-${i}`, 1, `d-${i}`);
  expect(live.size).toBe(20_000);
  expect(live.ofDevice(name)).toEqual([]);
  expect(fetch.over).toBe(false);
});
