import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin } from '../fixtures/alibaba-wire.ts';
import { device, product } from '../fixtures/credentials.ts';
import { GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };

/** The value of a counter with these labels; several gateways of one process share it. */
async function counted(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const metric = await register.getSingleMetric(name)?.get();
  const matches = (found: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(labels).every(([label, value]) => found[label] === value);
  return metric?.values.find((one) => matches(one.labels))?.value ?? 0;
}

let world: GatewayWorld;
const sockets: Socket[] = [];
beforeEach(async () => (world = await GatewayWorld.open()));
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await world.close();
});

async function ready(env: Readonly<Record<string, string>>): Promise<StartedGateway> {
  await world.relay('bulk', product());
  await world.relay('bulk', device());
  const started = await world.start({ env });
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

  it('given an address was refused too often, then each further CONNECT is counted as a decision', async () => {
    const refused = () =>
      counted('tallystick_connects_total', { decision: 'deny', reason: 'too-many-requests' });
    const { port } = await ready({ TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS: '1' });
    const before = await refused();
    const wrong = alibabaLogin('dn', 'wrong!');
    await expect(world.connect(port, wrong)).rejects.toMatchObject({ code: 4 });
    for (const login of [wrong, alibabaLogin('dn', 'secret')])
      await expect(world.connect(port, login)).rejects.toMatchObject({ code: 3 });
    expect(await refused()).toBe(before + 2);
  });
});
