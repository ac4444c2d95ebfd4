import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin, enosLogin } from '../fixtures/alibaba-wire.ts';
import { LateCertificate, ownCertificate } from '../fixtures/certificates.ts';
import { device, product } from '../fixtures/credentials.ts';
import { closeOf, GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';

const WAIT = { timeout: 10_000 };
let world: GatewayWorld;
beforeEach(async () => (world = await GatewayWorld.open()));
afterEach(() => world.close());

async function ready(options: Parameters<GatewayWorld['start']>[0]): Promise<StartedGateway> {
  await world.relay('bulk', product({}));
  await world.relay('bulk', device({}));
  const started = await world.start(options);
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
  return started;
}

const tlsUrl = (port: number | undefined): string => `mqtts://127.0.0.1:${port ?? 0}`;
const transports = (): readonly string[] =>
  world
    .signals()
    .filter(({ type }) => type === 'opened')
    .map(({ session }) => session.transport);

describe('the doors of a gateway', () => {
  it('given a certificate, then devices come in by TLS on every port, and the newest wins among all', async () => {
    const home = world.home();
    const { tls, ca } = await ownCertificate(home);
    const { ports, service } = await ready({ home, tls });
    expect(service.checks()['tls']).toBe('ok');
    const plain = await world.connect(ports['mqtt'] ?? 0, alibabaLogin('dn', 'secret'));
    let before = plain;
    for (const name of ['mqtts', 'mqtt', 'enosMqtt', 'enosMqtts', 'mqttWs']) {
      const closed = closeOf(before);
      const login = name.startsWith('enos') ? enosLogin : alibabaLogin;
      const url =
        name === 'mqttWs' ? `wss://127.0.0.1:${ports[name] ?? 0}/mqtt` : tlsUrl(ports[name]);
      const options = name === 'mqttWs' ? { wsOptions: { ca } } : { ca };
      before = await world.connect(url, login('dn', 'secret'), 60, options);
      await closed;
    }
    const expected = ['tcp', 'tls', 'tls', 'tls', 'tls', 'ws'];
    await vi.waitFor(() => expect(transports()).toEqual(expected), WAIT);
    const answer = await fetch(`http://127.0.0.1:${ports['deviceHttp'] ?? 0}/auth`, {
      method: 'POST',
    });
    expect(answer.headers.get('content-type')).toContain('json');
  });

  it('given none, then the TLS ports are shut, which keeps nobody from being ready, and open when it comes', async () => {
    const late = new LateCertificate();
    const { ports, service } = await ready({ tls: late });
    expect(service.checks()['tls']).toMatch(/^shut/);
    expect(Object.keys(ports)).not.toContain('mqtts');
    const login = alibabaLogin('dn', 'secret');
    await expect(world.connect(tlsUrl(ports['mqtt']), login)).rejects.toThrow();
    const { tls, ca } = await ownCertificate(world.home());
    late.give(tls);
    await vi.waitFor(() => expect(Object.keys(ports)).toContain('enosMqtts'), WAIT);
    const client = await world.connect(tlsUrl(ports['mqtts']), login, 60, { ca });
    expect(client.connected).toBe(true);
    expect(service.checks()['tls']).toBe('ok');
  });

  it('given a bound of connections, then it holds over all of them together', async () => {
    const { ports } = await ready({ env: { TALLYSTICK_LIMIT_CONNECTIONS: '2' } });
    const [mqtt = 0, enosMqtt = 0, mqttWs = 0] = ['mqtt', 'enosMqtt', 'mqttWs'].map(
      (n) => ports[n],
    );
    await world.connect(mqtt, alibabaLogin('dn', 'secret'));
    const other = createConnection({ host: '127.0.0.1', port: enosMqtt });
    await once(other, 'connect');
    const login = alibabaLogin('dn', 'secret');
    await expect(world.connect(`ws://127.0.0.1:${mqttWs}/mqtt`, login)).rejects.toThrow();
    other.destroy();
  });

  it('given ports that are off, then they are shut and it is ready all the same', async () => {
    const names = ['MQTT', 'MQTTS', 'ENOS_MQTT', 'ENOS_MQTTS', 'MQTT_WS', 'DEVICE_HTTP'];
    const env = Object.fromEntries(names.map((name) => [`TALLYSTICK_${name}_PORT`, 'off']));
    const { ports } = await ready({ env });
    expect(ports).toEqual({});
  });

  it('given a port that is taken when its certificate comes, then the others open, and it says so', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const taken = String((holder.address() as AddressInfo).port);
    const late = new LateCertificate();
    const { ports, service } = await ready({ tls: late, env: { TALLYSTICK_MQTTS_PORT: taken } });
    late.give((await ownCertificate(world.home())).tls);
    await vi.waitFor(() => expect(Object.keys(ports)).toContain('enosMqtts'), WAIT);
    await vi.waitFor(() => expect(service.checks()['tls']).toContain('cannot listen'), WAIT);
    expect(service.ready()).toBe(true);
    holder.close();
  });
});
