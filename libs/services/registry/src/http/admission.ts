import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOpen as isOpenRoute, toServerPath } from '../openapi/route.types.ts';
import { ROUTES } from '../openapi/routes.ts';
import { ProblemError } from './problem.ts';
import type { RequestLimit } from './request-limit.ts';

export const API_BASE = '/api/v1';

export const DEFAULT_TENANT = 'default';
export const ADMIN_ACTOR = 'token:admin';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares bearer tokens in equal time, whatever their lengths. */
export function createTokenCheck(token: string): (request: FastifyRequest) => boolean {
  const expected = digest(token);
  return (request) => {
    const header = request.headers.authorization ?? '';
    const given = /^Bearer +(\S+)$/i.exec(header)?.[1];
    return timingSafeEqual(digest(given ?? ''), expected) && given !== undefined;
  };
}

/** Checks who calls the operators' API, and for which tenant. Throws ProblemError. */
export function createAuthentication(adminToken: string): (request: FastifyRequest) => void {
  const isAdmin = createTokenCheck(adminToken);
  return (request) => {
    if (!isAdmin(request)) throw new ProblemError('unauthenticated');
    const tenant = request.headers['tallystick-tenant'] ?? DEFAULT_TENANT;
    if (tenant !== DEFAULT_TENANT) throw new ProblemError('tenant-unknown');
  };
}

/**
 * Routes that need no token. Told by the route that was matched, never by the text of the URL: that
 * has many spellings.
 */
const OPEN_ROUTES: ReadonlySet<string> = new Set(ROUTES.filter(isOpenRoute).map(toServerPath));

function isOpen(request: FastifyRequest): boolean {
  const route = request.is404 ? undefined : request.routeOptions.url;
  if (route === undefined) return !request.url.startsWith(`${API_BASE}/`);
  return OPEN_ROUTES.has(route);
}

/** Who may call, and how often. */
export interface Admission {
  readonly adminToken: string;
  /** Absent: none. */
  readonly limit?: RequestLimit;
}

/** Before anything is read of a request's body. */
export function admitCallers(instance: FastifyInstance, { adminToken, limit }: Admission): void {
  const authenticate = createAuthentication(adminToken);
  const admit = (request: FastifyRequest): void => {
    if (isOpen(request)) return;
    authenticate(request);
    if (limit?.take(ADMIN_ACTOR) === false) throw new ProblemError('too-many-requests');
  };
  instance.addHook('onRequest', (request, _reply, done) => {
    try {
      admit(request);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error('not authenticated'));
    }
  });
}
