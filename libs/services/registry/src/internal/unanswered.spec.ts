import type { ClaimRequest } from '@tallystick/contracts';
import { evolveDevice, initialDevice, type DeviceState, type Unit } from '@tallystick/domain';
import { createFixedClock } from '@tallystick/test-kit';
import { describe, expect, it } from 'vitest';
import { createUnanswered, openedAt, openedSince, unitsWithLogin } from './unanswered.ts';

const name = { deviceId: 'd', productKey: 'p', deviceKey: 'k', generation: 1 };
const born = {
  origin: 'claim',
  secretOrigin: 'none',
  registrationTimeoutSeconds: null,
  name: null,
  tags: {},
  secretVersion: 0,
  secretId: null,
} as const;
const life = evolveDevice(initialDevice('default'), {
  type: 'DeviceRegistered',
  time: 1,
  data: { ...name, ...born },
});

/** A name whose units have these ClientIds; those in `loggedIn` have come back. */
function deviceOf(clientIds: readonly string[], loggedIn: readonly string[]): DeviceState {
  if (life.status === 'absent') throw new Error('no life');
  const units = clientIds.map((clientId): Unit => {
    const activatedAt = loggedIn.includes(clientId) ? 2 : null;
    const state = activatedAt === null ? 'pending' : 'active';
    const at = { claimedAt: 1, pendingSince: 1, activatedAt };
    return { ...at, clientId, state, tokenHash: '', gatewayId: 'g' };
  });
  return { ...life, units: { ...life.units, units } };
}

function setUp(perHour = 3) {
  const clock = createFixedClock();
  const world: { device: DeviceState; claims: number } = {
    device: initialDevice('default'),
    claims: 0,
  };
  const limit = createUnanswered<ClaimRequest>({
    ...{ clock, perHour, idOf: ({ claimId }) => claimId },
    answered: () => Promise.resolve(unitsWithLogin(world.device)),
  });
  const request = (more: Partial<ClaimRequest> = {}): ClaimRequest => ({
    ...{ productKey: 'p', deviceKey: 'k', gatewayId: 'g', dialect: 'alibaba' },
    ...{ address: '10.0.0.1', claimId: `id${(world.claims += 1)}`, ...more },
  });
  /** How many of so many claims, one after another, are let through. */
  const claim = async (times: number, more: Partial<ClaimRequest> = {}): Promise<number> => {
    let taken = 0;
    for (let n = 0; n < times; n += 1) {
      const asked = request(more);
      if (!(await limit.take(asked))) continue;
      taken += 1;
      limit.granted(asked, `unit of ${asked.claimId}`);
    }
    return taken;
  };
  return { clock, limit, world, request, claim };
}

describe('claims that no login follows', () => {
  it('are so many an hour for one name and address', async () => {
    const { claim, clock } = setUp();
    expect(await claim(50)).toBe(3);
    clock.advance(3_599_999);
    expect(await claim(1)).toBe(0);
    clock.advance(1);
    expect(await claim(50)).toBe(3);
  });

  it('are counted apart for another name, address or, where none is told, gateway', async () => {
    const { claim } = setUp();
    await claim(50);
    expect(await claim(50, { deviceKey: 'other' })).toBe(3);
    expect(await claim(50, { address: '10.0.0.2' })).toBe(3);
    expect(await claim(50, { address: '2001:db8::1' })).toBe(3);
    expect(await claim(50, { address: '2001:db8::2' })).toBe(0);
  });

  it('count no more once their units have logged in', async () => {
    const { claim, world } = setUp();
    await claim(3);
    const units = ['unit of id1', 'unit of id2'];
    world.device = deviceOf(units, []);
    expect(await claim(1)).toBe(0);
    world.device = deviceOf(units, ['unit of id2']);
    expect(await claim(2)).toBe(1);
  });

  it('are not counted where nothing came of them, and one that is asked again is one', async () => {
    const { limit, request, claim } = setUp();
    const repeated = request();
    for (let n = 0; n < 10; n += 1) expect(await limit.take(repeated)).toBe(true);
    limit.dropped(repeated);
    const underWay = [request(), request(), request()];
    for (const one of underWay) expect(await limit.take(one)).toBe(true);
    expect(await claim(1)).toBe(0);
  });
});

describe('a new secret', () => {
  const secret = { ...life, dynamicOpen: true } as DeviceState;
  const reset = evolveDevice(secret, { type: 'DeviceReset', time: 5, data: name });
  const login = { method: 'dynamic', dialect: 'alibaba', clientId: 'c', gatewayId: 'g' } as const;
  const active = evolveDevice(secret, {
    ...{ type: 'DeviceActivated', time: 5, data: { ...name, ...login } },
  });

  it('counts while nobody has logged in or reset the device since', () => {
    const mark = openedAt(secret);
    expect(openedSince(secret)(mark)).toBe(false);
    expect(openedSince(active)(mark)).toBe(true);
    expect(openedSince(reset)(mark)).toBe(true);
    expect(openedSince(reset)(openedAt(reset))).toBe(false);
    expect(openedSince(initialDevice('default'))(mark)).toBe(true);
  });
});
