import { createConnection } from 'node:net';
import type { ClaimAnswer } from '@tallystick/contracts';
import { generate } from 'mqtt-packet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connwlLogin, regnwlClaim, type WireLogin } from '../fixtures/alibaba-wire.ts';
import { openClaimsServer } from '../fixtures/claims-server.ts';
import { device, product, unit } from '../fixtures/credentials.ts';
import { closeOf, GatewayWorld } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };
const GRANT: ClaimAnswer = {
  granted: true,
  clientId: 'CID',
  deviceToken: 'TOKEN',
  deviceId: 'dv_dn',
  generation: 1,
  tenant: 'default',
  position: 9,
};

let world: GatewayWorld;
let registry: Awaited<ReturnType<typeof openClaimsServer>>;
let port = 0;
beforeEach(async () => {
  world = await GatewayWorld.open();
  registry = await openClaimsServer();
  await world.relay('bulk', product({ registrationFree: true }));
  const env = { TALLYSTICK_REGISTRY_URL: `http://127.0.0.1:1,${registry.url}` };
  const started = await world.start({ env });
  port = started.port;
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
});
afterEach(async () => {
  await world.close();
  await registry.close();
});

const releases = () => registry.calls.filter(({ path }) => path.endsWith('/release'));

/** CONNECT on a bare socket: what comes back, without a client library in between. */
function claimOnSocket(login: WireLogin) {
  const socket = createConnection(port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  socket.on('error', () => undefined);
  const { clientId, username } = login;
  const password = Buffer.from(login.password);
  const clean = { clean: true, keepalive: 60 };
  socket.write(generate({ cmd: 'connect', clientId, username, password, ...clean }));
  return { socket, text: () => Buffer.concat(received).toString('latin1') };
}

/** Names that nobody has are counted, and told of at the end of a window. */
async function knowDevice(): Promise<void> {
  await world.relay('fast', device({ secrets: [], revision: 2, position: 9 }));
  await vi.waitFor(() => expect(world.reports().at(-1)?.fastPosition).toBe(9), WAIT);
}

describe('a unit that claims a slot', () => {
  it('is pushed its token without a subscription, and logs in with it at once', async () => {
    registry.state.answer = GRANT;
    const { socket, text } = claimOnSocket(regnwlClaim('dn', 'psecret'));
    await vi.waitFor(() => expect(text()).toContain('/ext/regnwl'), WAIT);
    expect(text()).toContain(
      '{"productKey":"pk","deviceName":"dn","clientId":"CID","deviceToken":"TOKEN"}',
    );
    socket.destroy();
    expect(registry.calls[0]).toMatchObject({
      path: '/internal/v1/claims',
      authorization: 'Bearer internal',
      body: {
        ...{ productKey: 'pk', deviceKey: 'dn', gatewayId: 'gw-a', dialect: 'alibaba' },
        address: '127.0.0.1',
      },
    });

    await world.relay(
      'fast',
      device({
        ...{ secrets: [], active: false, revision: 2, position: 9 },
        units: [unit('CID', 'TOKEN', 'pending')],
      }),
    );
    await vi.waitFor(() => expect(world.reports().at(-1)?.fastPosition).toBe(9), WAIT);
    await world.connect(port, connwlLogin('dn', 'CID', 'TOKEN'));
    await vi.waitFor(
      () => expect(world.signals().map(({ type }) => type)).toEqual(['opened', 'activated']),
      WAIT,
    );
    expect(world.signals()[1]).toMatchObject({
      method: 'registration-free',
      session: { unit: 'CID', clientId: 'CID', secretVersion: null },
    });
    expect(releases()).toEqual([]);
  });

  it('logs in where the view lags for a moment and learns of its slot only then', async () => {
    world.ticking = false;
    const stale = () => expect(world.reports().at(-1)?.stalenessMs).toBeGreaterThan(1_500);
    await vi.waitFor(stale, WAIT);
    const client = world.connect(port, connwlLogin('dn', 'CID', 'TOKEN'));
    await world.relay(
      'fast',
      device({ secrets: [], revision: 2, position: 9, units: [unit('CID', 'TOKEN', 'pending')] }),
    );
    world.ticking = true;
    await client;
  });

  it('opens no session, and may touch nothing but its token', async () => {
    registry.state.answer = GRANT;
    const client = await world.connect(port, regnwlClaim('dn', 'psecret'));
    const closed = closeOf(client);
    client.publish('/sys/pk/dn/thing/event/property/post', 'x', { qos: 1 });
    await closed;
    expect(world.signals()).toEqual([]);
  });

  it.each([
    ['name-closed', 5],
    ['slots-full', 5],
    ['dynamic-activation-off', 5],
    ['device-disabled', 5],
    ['registry-away', 3],
    ['too-many-requests', 3],
  ] as const)('refused by the registry for %s gets %i', async (reason, code) => {
    registry.state.answer = { granted: false, reason };
    await knowDevice();
    await expect(world.connect(port, regnwlClaim('dn', 'psecret'))).rejects.toMatchObject({ code });
    await vi.waitFor(() => expect(world.decisions().at(-1)).toMatchObject({ reason }), WAIT);
  });

  it('with a wrong product secret asks nobody', async () => {
    const claim = world.connect(port, regnwlClaim('dn', 'wrong!'));
    await expect(claim).rejects.toMatchObject({ code: 4 });
    expect(registry.calls).toEqual([]);
  });

  it('while no registry answers gets the retryable refusal', async () => {
    registry.state.answer = 'away';
    await knowDevice();
    const claim = world.connect(port, regnwlClaim('dn', 'psecret'));
    await expect(claim).rejects.toMatchObject({ code: 3 });
    await vi.waitFor(
      () => expect(world.decisions().at(-1)).toMatchObject({ reason: 'registry-away' }),
      WAIT,
    );
  });

  it('of which a registry says nothing to the end is abandoned, so that it costs no slot', async () => {
    registry.state.answer = 'away';
    const claim = world.connect(port, regnwlClaim('dn', 'psecret'));
    await expect(claim).rejects.toMatchObject({ code: 3 });
    const abandoned = () => registry.calls.filter(({ path }) => path.endsWith('/abandon'));
    await vi.waitFor(() => expect(abandoned()).toHaveLength(1), WAIT);
    expect(abandoned()[0]?.body).toEqual(registry.calls[0]?.body);
  });

  it('whose socket dies before the answer gives its slot back', async () => {
    registry.state.answer = GRANT;
    const held = Promise.withResolvers<void>();
    registry.state.held = held.promise;
    const { socket } = claimOnSocket(regnwlClaim('dn', 'psecret'));
    await vi.waitFor(() => expect(registry.calls).toHaveLength(1), WAIT);
    socket.destroy();
    await new Promise<void>((resolve) => setImmediate(resolve));
    held.resolve();
    await vi.waitFor(() => expect(releases()).toHaveLength(1), WAIT);
    expect(releases()[0]?.body).toEqual({
      ...{ tenant: 'default', productKey: 'pk', deviceKey: 'dn', generation: 1 },
      ...{ clientId: 'CID', reason: 'connection-lost' },
    });
  });

  it('more often than its name may is told to try again', async () => {
    registry.state.answer = { granted: false, reason: 'slots-full' };
    const env = {
      TALLYSTICK_GATEWAY_ID: 'gw-b',
      TALLYSTICK_REGISTRY_URL: registry.url,
      TALLYSTICK_LIMIT_CLAIMS_PER_NAME: '1',
    };
    const strict = await world.start({ env });
    await vi.waitFor(() => expect(strict.service.ready()).toBe(true), WAIT);
    // Some two of them fall into one second, however slow the machine is.
    const claims = Array.from({ length: 60 }, () =>
      world
        .connect(strict.port, regnwlClaim('dn', 'psecret'))
        .catch((error: { code: number }) => error),
    );
    const codes = (await Promise.all(claims)).map((answer) => 'code' in answer && answer.code);
    expect(codes).toContain(3);
    expect(codes).toContain(5);
  });
});
