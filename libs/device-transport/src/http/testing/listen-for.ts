import { randomBytes } from 'node:crypto';
import type { DeviceAuthority, DeviceListener, SessionClaim } from '@tallystick/ports';
import { DEFAULT_HTTP_LIMITS } from '../http-limits.ts';
import { createHttpListener, type HttpListenerOptions } from '../http-listener.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../http-exchange.types.ts';
import { TokenSessions } from '../token-sessions.ts';

const silent = (): void => undefined;
const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };

const reply = (status: number, body: object = {}): HttpReply => ({
  ...{ status, body: JSON.stringify(body), proven: status === 200 },
});

const claimOf = ({ headers, remoteAddress }: HttpRequest): SessionClaim => ({
  ...{ listener: 'http', transport: 'http', remoteAddress, pskIdentity: null },
  ...{ clientId: 'c', keepAliveSeconds: 0, willTopic: null },
  username: headers.get('user') ?? null,
  password: Buffer.from(headers.get('password') ?? ''),
});

/**
 * A protocol for specs. `POST /login` with headers user and password gives a token; `POST /up/…`
 * and `GET /alive` take it in the header token; `POST /echo` gives back what it was sent.
 */
export function specHandler(
  authority: DeviceAuthority<string, string>,
  sessions: TokenSessions<string>,
  terms = { lifetimeMs: 60_000, graceMs: 0 },
): HttpHandler {
  async function logIn(request: HttpRequest): Promise<HttpReply> {
    const order = sessions.nextOrder();
    const claim = claimOf(request);
    const decision = await authority.decide(claim);
    if ('refuse' in decision) return reply(403, { refuse: decision.refuse });
    if (request.gone()) {
      if (decision.admit.greeting.length > 0) authority.greeted(decision.admit, false);
      return reply(200);
    }
    const opened = sessions.open({ order, admission: decision.admit, claim, terms });
    return typeof opened === 'string' ? reply(409, { opened }) : reply(200, opened);
  }
  async function publish({ path, headers, body }: HttpRequest): Promise<HttpReply> {
    const session = sessions.find(headers.get('token') ?? '');
    if (session === null || typeof body === 'string') return reply(401);
    const published = await session.publish(path.slice('/up/'.length), body);
    return reply(published === 'taken' ? 200 : 400, { published });
  }
  return (request) => {
    const { path, headers, body } = request;
    if (path === '/login') return logIn(request);
    if (path.startsWith('/up/')) return publish(request);
    if (path === '/alive') return reply(sessions.find(headers.get('token') ?? '') ? 200 : 401);
    if (path === '/fail') throw new Error('a fault of the handler');
    const text = typeof body === 'string' ? body : Buffer.from(body).toString();
    return reply(200, { path, query: request.query, text, headers: Object.fromEntries(headers) });
  };
}

export function sessionsFor(authority: DeviceAuthority<string, string>): TokenSessions<string> {
  const ids = { bytes: (length: number) => randomBytes(length) };
  return new TokenSessions({ authority, clock, ids, tickMs: 10 });
}

/** On a free port of the loopback, its ticks short so that deadlines are met in tests. */
export function listenFor(
  authority: DeviceAuthority<string, string>,
  options: Partial<HttpListenerOptions<string>> = {},
): Promise<DeviceListener<string>> {
  const sessions = options.sessions ?? sessionsFor(authority);
  return createHttpListener<string>({
    ...{ host: '127.0.0.1', port: 0, name: 'http', takes: 'both', tickMs: 10, sessions },
    handler: specHandler(authority, sessions),
    log: { warn: silent, debug: silent },
    ...options,
    limits: { ...DEFAULT_HTTP_LIMITS, ...options.limits },
  });
}
