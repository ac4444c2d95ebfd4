import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alibabaLogin } from '../fixtures/alibaba-wire.ts';
import { ownCertificate } from '../fixtures/certificates.ts';
import { device, product } from '../fixtures/credentials.ts';
import { GatewayWorld, type StartedGateway } from '../fixtures/gateway-world.ts';
import { alibabaAuth } from '../fixtures/http-wire.ts';

const WAIT = { timeout: 10_000 };
const right = alibabaLogin('dn', 'secret');
const wrong = alibabaLogin('dn', 'guessed');

let world: GatewayWorld;
let proxies: { close(): void }[];

beforeEach(async () => {
  world = await GatewayWorld.open();
  proxies = [];
});
afterEach(async () => {
  for (const proxy of proxies) proxy.close();
  await world.close();
});

async function ready(env: Readonly<Record<string, string>>): Promise<StartedGateway> {
  await world.relay('bulk', product({}));
  await world.relay('bulk', device({}));
  const home = world.home();
  const { tls } = await ownCertificate(home);
  const started = await world.start({ home, tls, env });
  await vi.waitFor(() => expect(started.service.ready()).toBe(true), WAIT);
  return started;
}

/** A load balancer in front of a port: it says whose each connection is. Resolves with its port. */
async function proxyOf(to: number | undefined, client: string): Promise<number> {
  const server = createServer((inner) => {
    const outer = createConnection({ host: '127.0.0.1', port: to ?? 0 });
    outer.write(`PROXY TCP4 ${client} 10.0.0.1 56324 443\r\n`);
    pipeline(inner, outer, inner, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxies.push(server);
  return (server.address() as AddressInfo).port;
}

/** What was answered before the socket was closed. */
async function answerTo(port: number | undefined, bytes: string | Buffer): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port: port ?? 0 });
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return heard;
}

const CONNECT = Buffer.from('100e00044d5154540402003c00026964', 'hex');
const CLIENT_HELLO = Buffer.from('16030100c8010000c40303', 'hex');

const addresses = (): readonly string[] =>
  world
    .signals()
    .filter(({ type }) => type === 'opened')
    .map(({ session }) => `${session.transport} ${session.remoteAddress}`);

describe('devices behind a proxy that is listed', () => {
  const env = {
    TALLYSTICK_PROXY_PROTOCOL_FROM: '127.0.0.0/8',
    TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS: '3',
  };

  it('are told of by their own address, whichever door they come in by', async () => {
    const { ports } = await ready(env);
    const trust = { rejectUnauthorized: false };
    const through = (name: string) => proxyOf(ports[name], '203.0.113.9');
    await world.connect(await through('mqtt'), right);
    await world.connect(`mqtts://127.0.0.1:${await through('mqtt')}`, right, 60, trust);
    await world.connect(`mqtts://127.0.0.1:${await through('mqtts')}`, right, 60, trust);
    const ws = `wss://127.0.0.1:${await through('mqttWs')}/mqtt`;
    await world.connect(ws, right, 60, { wsOptions: trust });
    const { path, body, headers } = alibabaAuth('dn', 'secret');
    const url = `http://127.0.0.1:${await through('deviceHttp')}${path}`;
    expect((await fetch(url, { method: 'POST', body, headers })).status).toBe(200);
    const client = '203.0.113.9:56324';
    const transports = ['tcp', 'tls', 'tls', 'ws', 'http'];
    const expected = transports.map((transport) => `${transport} ${client}`);
    await vi.waitFor(() => expect(addresses()).toEqual(expected), WAIT);
  });

  it('are limited by their own address: one that guesses keeps nobody else out', async () => {
    const { ports } = await ready(env);
    const guessing = await proxyOf(ports['mqtt'], '203.0.113.66');
    const codes: unknown[] = [];
    for (let i = 0; i < 5; i += 1)
      await world.connect(guessing, wrong).catch((error: { code?: unknown }) => {
        codes.push(error.code);
      });
    expect(codes).toEqual([4, 4, 4, 3, 3]);
    const other = await world.connect(await proxyOf(ports['mqtt'], '203.0.113.9'), right);
    expect(other.connected).toBe(true);
  });

  it('without its header are closed, on every door', async () => {
    const { ports } = await ready(env);
    const asked: [string, string | Buffer][] = [
      ['mqtt', CONNECT],
      ['mqtt', CLIENT_HELLO],
      ['mqtts', CLIENT_HELLO],
      ['mqttWs', 'GET /mqtt HTTP/1.1\r\n\r\n'],
      ['deviceHttp', 'POST /auth HTTP/1.1\r\n\r\n'],
    ];
    for (const [name, bytes] of asked) expect(await answerTo(ports[name], bytes)).toBe('');
    expect(addresses()).toEqual([]);
  });
});

describe('a header from an address that is not listed', () => {
  it('is no protocol of a device', async () => {
    const { ports } = await ready({ TALLYSTICK_PROXY_PROTOCOL_FROM: '10.0.0.0/8' });
    const header = Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 56324 443\r\n');
    expect(await answerTo(ports['mqtt'], Buffer.concat([header, CONNECT]))).toBe('');
    await world.connect(ports['mqtt'] ?? 0, right);
    await vi.waitFor(() => expect(addresses()[0]).toMatch(/^tcp 127\.0\.0\.1:/), WAIT);
  });
});
