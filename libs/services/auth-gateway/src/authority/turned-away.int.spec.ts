import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Clock } from '@tallystick/ports';
import { metricsText, systemClock } from '@tallystick/services-edge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin } from '../fixtures/alibaba-wire.ts';
import { device, product } from '../fixtures/credentials.ts';
import { closeOf, GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };

/**
 * The value of a series, with these labels where there are any; several gateways of one process
 * share it.
 */
async function counted(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { text } = await metricsText();
  const matches = (line: string): boolean =>
    /^[{ ]/.test(line.slice(name.length)) &&
    line.startsWith(name) &&
    Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`));
  return Number(text.split('\n').find(matches)?.split(' ').at(-1) ?? 0);
}

let world: GatewayWorld;
const sockets: Socket[] = [];
beforeEach(async () => (world = await GatewayWorld.open()));
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await world.close();
});

async function ready(
  env: Readonly<Record<string, string>>,
  clock: Clock = systemClock,
): Promise<StartedGateway> {
  await world.relay('bulk', product());
  await world.relay('bulk', device());
  const started = await world.start({ env, clock });
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
  return started;
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

describe('whom a limit keeps out', () => {
  it('given a socket is closed at the door, then it is counted by the limit', async () => {
    const turnedAway = () =>
      counted('tallystick_gateway_turned_away_total', { limit: 'maxConnections' });
    const { port } = await ready({ TALLYSTICK_LIMIT_CONNECTIONS: '1' });
    const before = await turnedAway();
    await open(port);
    await once((await open(port)).resume(), 'close');
    expect(await turnedAway()).toBe(before + 1);
  });

  it('given an address was refused too often, then a wrong proof is refused as too many, and a right one is admitted', async () => {
    const refused = () =>
      counted('tallystick_logins_total', {
        ...{ decision: 'deny', reason: 'too-many-requests', dialect: 'alibaba' },
      });
    const { port } = await ready({ TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS: '1' });
    const before = await refused();
    const wrong = alibabaLogin('dn', 'wrong!');
    const nobody = alibabaLogin('nobody', 'secret');
    await expect(world.connect(port, wrong)).rejects.toMatchObject({ code: 4 });
    for (const login of [wrong, nobody, { ...wrong, password: '' }])
      await expect(world.connect(port, login)).rejects.toMatchObject({ code: 3 });
    const client = await world.connect(port, alibabaLogin('dn', 'secret'));
    expect(client.connected).toBe(true);
    expect(await refused()).toBe(before + 2);
    const told = () => world.decisions().map(({ decision, reason }) => `${decision} ${reason}`);
    await vi.waitFor(
      () =>
        expect(told().sort()).toEqual(['allow ok', 'deny bad-secret', 'deny too-many-requests']),
      WAIT,
    );
  });
});

describe('what a gateway shows of itself', () => {
  it('given a device logs in and is disabled, then metrics show its decision, its session and the time from append to cut', async () => {
    const allowed = { decision: 'allow', reason: 'ok', dialect: 'alibaba' };
    const logins = () => counted('tallystick_logins_total', allowed);
    const decided = () =>
      counted('tallystick_decision_duration_seconds_count', { decision: 'allow' });
    const cut = async () => ({
      count: await counted('tallystick_revoke_to_cut_seconds_count'),
      seconds: await counted('tallystick_revoke_to_cut_seconds_sum'),
    });
    const { port } = await ready({});
    const before = { logins: await logins(), decided: await decided(), cut: await cut() };
    const client = await world.connect(port, alibabaLogin('dn', 'secret'));
    expect(await logins()).toBe(before.logins + 1);
    expect(await decided()).toBe(before.decided + 1);
    expect(await counted('tallystick_sessions')).toBe(1);
    expect(await counted('tallystick_view_staleness_seconds')).toBeLessThan(10);

    const closed = closeOf(client);
    const disabled = device({ disabled: true, revision: 2, position: 40 });
    await world.relay('fast', disabled, Date.now() - 3_000);
    await closed;
    await vi.waitFor(async () => expect((await cut()).count).toBe(before.cut.count + 1), WAIT);
    const took = (await cut()).seconds - before.cut.seconds;
    expect(took).toBeGreaterThanOrEqual(3);
    expect(took).toBeLessThan(13);
    await vi.waitFor(async () => expect(await counted('tallystick_sessions')).toBe(0), WAIT);
    const position = () => counted('tallystick_gateway_view_position', { lane: 'fast' });
    await vi.waitFor(async () => expect(await position()).toBe(40), WAIT);
  });

  it('given a wall clock that is set back by an hour, then a window of the limits is over when its time has passed', async () => {
    const own = { wallMs: Date.now(), ms: performance.now() };
    const clock = { now: () => own.wallMs, monotonicMs: () => own.ms };
    const { port } = await ready({ TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS: '1' }, clock);
    const wrong = alibabaLogin('dn', 'wrong!');
    await expect(world.connect(port, wrong)).rejects.toMatchObject({ code: 4 });
    await expect(world.connect(port, wrong)).rejects.toMatchObject({ code: 3 });
    // When the clock is set, and a minute passes
    own.wallMs -= 3_600_000;
    own.ms += 60_000;
    await vi.waitFor(async () => {
      // Then the gateway's view has to be as of now again, before a refusal can be for good
      own.wallMs = Date.now() - 3_600_000;
      await expect(world.connect(port, wrong)).rejects.toMatchObject({ code: 4 });
    }, WAIT);
  });
});
