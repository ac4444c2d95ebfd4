import type { ClaimAnswer, ClaimRequest } from '@tallystick/contracts';
import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createGrants } from './grants.ts';

const request = (claimId: string, deviceKey = 'k'): ClaimRequest => ({
  productKey: 'p',
  deviceKey,
  gatewayId: 'g',
  dialect: 'alibaba',
  claimId,
});

function setUp() {
  const clock = createFixedClock();
  const state = { reachable: true, claimed: 0, tookMs: 0, held: [] as number[], heldMs: 0 };
  const tracker = {
    busReachable: () => state.reachable,
    waitLivingGateways: (position: number, timeoutMs: number) => {
      state.heldMs = timeoutMs;
      return Promise.resolve(state.held.push(position) > 0);
    },
  };
  const decide = (): Promise<ClaimAnswer> => {
    state.claimed += 1;
    clock.advance(state.tookMs);
    const name = { clientId: `c${state.claimed}`, deviceId: 'd', generation: 1, tenant: 'default' };
    return Promise.resolve({ granted: true, deviceToken: 't', position: state.claimed, ...name });
  };
  const claims = createGrants<ClaimRequest, ClaimAnswer>({
    ...{ clock, tracker, perNamePerSecond: 3, decide },
  });
  return { clock, state, claims };
}

describe('a claim', () => {
  it('given it is granted, then the reply is held until the living gateways have its position', async () => {
    const { claims, state } = setUp();
    expect(await claims(request('1'))).toMatchObject({ granted: true, clientId: 'c1' });
    expect(state.held).toEqual([1]);
  });

  it('given it took long to decide, then it is held for less, for the gateway waits no longer', async () => {
    const { claims, state } = setUp();
    await claims(request('1'));
    expect(state.heldMs).toBe(2_000);
    state.tookMs = 3_000;
    await claims(request('2'));
    expect(state.heldMs).toBe(500);
    state.tookMs = 5_000;
    await claims(request('3'));
    expect(state.heldMs).toBe(0);
  });

  it('given the bus is away, then it is refused as retryable before anything is appended, and tried anew later', async () => {
    const { claims, state } = setUp();
    state.reachable = false;
    expect(await claims(request('1'))).toEqual({ granted: false, reason: 'registry-away' });
    expect(state.claimed).toBe(0);
    state.reachable = true;
    expect(await claims(request('1'))).toMatchObject({ granted: true });
  });

  it('given too many claims of a name in one second, then the rest is refused; claims of other names are not', async () => {
    const { claims, clock } = setUp();
    for (const id of ['1', '2', '3']) expect((await claims(request(id))).granted).toBe(true);
    expect(await claims(request('4'))).toEqual({ granted: false, reason: 'too-many-requests' });
    expect((await claims(request('5', 'other'))).granted).toBe(true);
    clock.advance(1_000);
    expect((await claims(request('4'))).granted).toBe(true);
  });
});
