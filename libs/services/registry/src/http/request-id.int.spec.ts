import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createFixedClock } from '@tallystick/test-kit';
import { createLogger, systemIds } from '@tallystick/services-edge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HandlerParts } from '../cqrs/handler.ts';
import { createInternalServer } from '../internal/internal-server.ts';
import { RegistryModule } from '../registry.module.ts';
import { createHttpServer } from './server.ts';

const TOKEN = 'the-admin-token';
const logger = createLogger('spec', 'silent');
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What comes back for these bytes, until the server closes or answers in full. */
async function send(port: number, lines: readonly string[], end = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8');
  await once(socket, 'connect');
  socket.write(`${lines.join('\r\n')}\r\n\r\n${end}`);
  let text = '';
  for await (const part of socket) text += String(part);
  return text;
}

const idIn = (answer: string): string | undefined => /^x-request-id: (.*)\r$/im.exec(answer)?.[1];
const idsIn = (answer: string): number => answer.match(/^x-request-id:/gim)?.length ?? 0;
const CLOSE = 'Connection: close';
const BEARER = `Authorization: Bearer ${TOKEN}`;

describe('the id of a request', () => {
  const ports = { operators: 0, internal: 0 };
  const stops: (() => Promise<unknown>)[] = [];
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    const clock = createFixedClock();
    const module = RegistryModule.register({
      parts: { clock, tracker: { history: { gateways: () => [] } } } as unknown as HandlerParts,
      live: {
        open: async (_, accept) => {
          const sink = accept();
          sink.write(': ready\n\n');
          sink.end();
        },
        stop: () => Promise.resolve(),
      },
      platform: {
        readiness: () => ({ ready: true, checks: {} }),
        metrics: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
        topics: { topicPrefix: '', partitions: 3 },
      },
    });
    const app = await createHttpServer({ module, adminToken: TOKEN, ids: systemIds, logger });
    await app.listen(0, '127.0.0.1');
    ports.operators = portOf(app.getHttpServer() as Server);
    const internal = createInternalServer({
      ...{ ids: systemIds, logger, internalToken: TOKEN },
      claim: () => Promise.reject(new Error('a defect')),
      activate: () => Promise.reject(new Error('a defect')),
      release: () => Promise.resolve(),
      abandon: () => Promise.resolve(),
      refusals: { note: () => undefined },
    });
    await internal.listen({ host: '127.0.0.1', port: 0 });
    ports.internal = portOf(internal.server);
    stops.push(
      () => app.close(),
      () => internal.close(),
    );
  });
  afterAll(() => Promise.all(stops.map((stop) => stop())));

  const HOST = 'Host: registry';
  const claim = ['POST /internal/v1/claims HTTP/1.1', HOST, CLOSE, BEARER];
  const release = ['POST /internal/v1/claims/release HTTP/1.1', HOST, CLOSE, BEARER];

  it.each([
    ['a read', 200, ['GET /healthz HTTP/1.1', HOST, CLOSE]],
    ['a read of the API', 200, ['GET /api/v1/gateways HTTP/1.1', HOST, CLOSE, BEARER]],
    ['a live stream', 200, ['GET /api/v1/events/stream HTTP/1.1', HOST, CLOSE, BEARER]],
    ['a page', 200, ['GET /docs HTTP/1.1', HOST, CLOSE]],
    ['a call without a token', 401, ['GET /api/v1/gateways HTTP/1.1', HOST, CLOSE]],
    ['an unknown route', 404, ['GET /nothing HTTP/1.1', HOST, CLOSE]],
    ['another method', 405, ['DELETE /healthz HTTP/1.1', HOST, CLOSE]],
    ['a path that cannot be decoded', 400, ['GET /api/v1/devices/%zz HTTP/1.1', HOST, CLOSE]],
    ['a path that is too long', 400, [`GET /docs/${'a'.repeat(400)} HTTP/1.1`, HOST, CLOSE]],
    ['no Host', 400, ['GET /healthz HTTP/1.1', CLOSE]],
    ['an expectation that nobody knows', 200, ['GET /healthz HTTP/1.1', HOST, 'Expect: x', CLOSE]],
  ])('is the caller’s, given %s', async (_, status, lines) => {
    const answer = await send(ports.operators, [...lines, 'X-Request-Id: own.Id_1-2']);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(idIn(answer)).toBe('own.Id_1-2');
    expect(idsIn(answer)).toBe(1);
  });

  it.each([
    ['a release', 400, release],
    ['a defect', 400, claim],
    ['no credential', 401, claim.filter((line) => line !== BEARER)],
    ['an unknown route', 404, ['GET /nothing HTTP/1.1', HOST, CLOSE, BEARER]],
  ])('is the caller’s on the internal port as well, given %s', async (_, status, lines) => {
    const answer = await send(ports.internal, [...lines, 'X-Request-Id: own']);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(idIn(answer)).toBe('own');
  });

  it.each([
    ['none is given', []],
    ['it has another form', ['X-Request-Id: own id']],
    ['it is empty', ['X-Request-Id: ']],
    ['it is too long', [`X-Request-Id: ${'a'.repeat(129)}`]],
    ['there are two', ['X-Request-Id: a', 'X-Request-Id: b']],
    ['it is not ASCII', ['X-Request-Id: ü']],
  ])('is a new one where %s', async (_, headers) => {
    for (const port of [ports.operators, ports.internal]) {
      const answer = await send(port, ['GET /nothing HTTP/1.1', HOST, CLOSE, BEARER, ...headers]);
      expect(idIn(answer)).toMatch(UUID);
    }
  });

  it('is as long as 128 characters', async () => {
    const longest = 'a'.repeat(128);
    const lines = ['GET /healthz HTTP/1.1', HOST, CLOSE, `X-Request-Id: ${longest}`];
    expect(idIn(await send(ports.operators, lines))).toBe(longest);
  });

  it.each([
    ['is no request at all', ['NONSENSE']],
    ['has a head that is too long', ['GET / HTTP/1.1', HOST, `X: ${'x'.repeat(40_000)}`]],
  ])('is a new one where what comes %s', async (_, lines) => {
    for (const port of [ports.operators, ports.internal]) {
      const answer = await send(port, lines);
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(idIn(answer)).toMatch(UUID);
    }
  });
});
