import { createHmac } from 'node:crypto';
import { TOPICS } from '@tallystick/contracts';
import type { TlsIdentities } from '@tallystick/services-edge';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin, registerClaim, type WireLogin } from '../fixtures/alibaba-wire.ts';
import { ownCertificate } from '../fixtures/certificates.ts';
import { device, product } from '../fixtures/credentials.ts';
import { GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };
/** The alert, or only the closed socket where that was seen first. */
const WRONG_KEY = /bad.record.mac|ECONNRESET|EPIPE/i;

let world: GatewayWorld;
let gateway: StartedGateway;
let tls: TlsIdentities;
let clients: MqttClient[];
beforeEach(async () => {
  clients = [];
  world = await GatewayWorld.open();
  await world.relay('bulk', product());
  for (const deviceKey of ['dn', 'other']) await world.relay('bulk', device({ deviceKey }));
  const home = world.home();
  ({ tls } = await ownCertificate(home));
  gateway = await world.start({ home, tls });
  await vi.waitFor(() => expect(gateway.service.ready()).toBe(true), WAIT);
});
afterEach(async () => {
  await Promise.allSettled(clients.map((client) => client.endAsync(true)));
  await world.close();
  tls.close();
});

/** As Link SDK 4 does it: the suite, the identity, the hex text of the proof as the key. */
function handshake(name: string, secret: string) {
  const content = `idpk&${name}timestamp2524608000000`;
  const key = createHmac('sha256', secret).update(content).digest('hex').toUpperCase();
  const identity = `devicename|hmacsha256|pk&${name}|2524608000000`;
  return {
    ...{ ciphers: 'PSK-AES128-CBC-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' as const },
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: Buffer.from(key), identity }),
  };
}

async function connect(login: WireLogin, by = handshake('dn', 'secret'), door = 'mqtts') {
  const client = await connectAsync(`mqtts://127.0.0.1:${gateway.ports[door] ?? 0}`, {
    ...{ ...login, ...by },
    ...{ reconnectPeriod: 0, protocolVersion: 4, keepalive: 60 },
  });
  clients.push(client);
  return client;
}

/** What explain is made of. */
const explained = () =>
  world.records
    .filter(({ topic }) => topic === TOPICS.explain)
    .map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()) as Record<string, unknown>);

describe('a device that comes by TLS-PSK', () => {
  it.each(['mqtts', 'mqtt'])('on the port %s is let in, and told of by its rule', async (door) => {
    await connect(alibabaLogin('dn', 'secret'), handshake('dn', 'secret'), door);
    await vi.waitFor(
      () =>
        expect(world.signals()).toMatchObject([{ type: 'opened', session: { transport: 'tls' } }]),
      WAIT,
    );
    await vi.waitFor(
      () =>
        expect(explained()).toMatchObject([
          { decision: 'allow', rule: 'alibaba.psk.hmacsha256', secretVersion: 1 },
        ]),
      WAIT,
    );
  });

  it('with the key of another secret, or of an unknown name, fails before any CONNECT', async () => {
    for (const by of [handshake('dn', 'wrong!'), handshake('nobody', 'secret')])
      await expect(connect(alibabaLogin('dn', 'secret'), by)).rejects.toThrow(WRONG_KEY);
    expect(explained()).toEqual([]);
  });

  it.each([
    ['names another device', alibabaLogin('other', 'secret')],
    ['has a wrong password', alibabaLogin('dn', 'wrong!')],
    ['asks for the secret of another', registerClaim('other', 'psecret')],
  ])('and then %s is refused as wrong credentials', async (_, login) => {
    await expect(connect(login)).rejects.toMatchObject({ code: 4 });
    await vi.waitFor(() => expect(explained()).toMatchObject([{ reason: 'bad-secret' }]), WAIT);
  });

  it('given two secrets that are valid, comes in by either, the old one at its second try', async () => {
    const two = device({ secretsInClear: ['new-secret', 'secret'], revision: 2, position: 9 });
    await world.relay('fast', two);
    await vi.waitFor(() => expect(world.reports().at(-1)?.fastPosition).toBe(9), WAIT);
    const old = () => connect(alibabaLogin('dn', 'secret'), handshake('dn', 'secret'));
    await expect(old()).rejects.toThrow(WRONG_KEY);
    await old();
    await old();
    const now = () => connect(alibabaLogin('dn', 'new-secret'), handshake('dn', 'new-secret'));
    await expect(now()).rejects.toThrow(WRONG_KEY);
    await now();
  });
});
