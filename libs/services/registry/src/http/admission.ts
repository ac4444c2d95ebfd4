import { createHash, timingSafeEqual } from 'node:crypto';
import type { LiveTenant, Scope } from '@tallystick/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOpen, scopesOf, toServerPath, type Route } from '../openapi/route.types.ts';
import { ROUTES } from '../openapi/routes.ts';
import { FIRST_CALLER, isInstallationAdmin, type Admitted, type Caller } from './caller.ts';
import { ProblemError } from './problem.ts';
import type { RequestLimit } from './request-limit.ts';
import type { Tokens } from './tokens.ts';

export const API_BASE = '/api/v1';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const isAuthorization = (text: string): boolean => text.toLowerCase() === 'authorization';

/**
 * The bearer token of a request (RFC 6750, section 2.1); null: none. Of two headers one might be
 * what a proxy before us has looked at, and the other what we take: they are none.
 */
export function bearerOf({ headers, raw }: FastifyRequest): string | null {
  const named = raw.rawHeaders.filter((text, at) => at % 2 === 0 && isAuthorization(text));
  if (named.length > 1) return null;
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** Compares bearer tokens in equal time, whatever their lengths. */
export function createTokenCheck(token: string): (request: FastifyRequest) => boolean {
  const expected = digest(token);
  return (request) => {
    const given = bearerOf(request);
    return timingSafeEqual(digest(given ?? ''), expected) && given !== null;
  };
}

const admitted = new WeakMap<FastifyRequest, Admitted>();

/** A request of an open route, or without a token that is in force, has none. */
export function findAdmitted(request: FastifyRequest): Admitted | null {
  return admitted.get(request) ?? null;
}

/** What a route asks of a caller. */
interface Demand {
  readonly operationId: Route['operationId'];
  readonly isOpen: boolean;
  /** Any of these is enough. */
  readonly scopes: readonly Scope[];
  readonly inDefault: boolean;
}

function demandOf(route: Route): Demand {
  const { operationId, inDefault = false } = route;
  return { operationId, isOpen: isOpen(route), scopes: scopesOf(route), inDefault };
}

const DEMANDS: ReadonlyMap<string, Demand> = new Map(
  ROUTES.map((route) => [`${route.method.toUpperCase()} ${toServerPath(route)}`, demandOf(route)]),
);

/**
 * Of the route that was matched; null: none. Never told by the text of the URL: that has many
 * spellings.
 */
export function demandOn(request: FastifyRequest): Demand | null {
  const path = request.is404 ? undefined : request.routeOptions.url;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  return path === undefined ? null : (DEMANDS.get(`${method} ${path}`) ?? null);
}

function needsNoToken(request: FastifyRequest, demand: Demand | null): boolean {
  if (demand !== null) return demand.isOpen;
  return request.is404 && !request.url.startsWith(`${API_BASE}/`);
}

/** Who may call, and how often. */
export interface Admission {
  readonly adminToken: string;
  /** Absent: there is the first token alone. */
  readonly tokens?: Tokens;
  /** Absent: there is tenant default alone. */
  readonly findTenant?: (tenant: string) => Promise<LiveTenant | null>;
  /** A token was used. */
  readonly onUse?: (tokenId: string) => void;
  /** Absent: none. */
  readonly limit?: RequestLimit;
}

function createAuthentication({ adminToken, tokens, onUse }: Admission) {
  const isAdmin = createTokenCheck(adminToken);
  return async (request: FastifyRequest): Promise<Caller> => {
    if (isAdmin(request)) return FIRST_CALLER;
    const token = (await tokens?.find(bearerOf(request) ?? '')) ?? null;
    if (token === null) throw new ProblemError('unauthenticated');
    onUse?.(token.tokenId);
    const { tokenId, name, tenant, scopes } = token;
    return { tokenId, actor: `token:${name}`, tenant, scopes: new Set(scopes) };
  };
}

/** The tenant that a call is for: the token's, or the one that an installation's admin names. */
function createTenantChoice({ findTenant }: Admission) {
  return async (request: FastifyRequest, caller: Caller): Promise<Omit<Admitted, 'caller'>> => {
    const named = request.headers['tallystick-tenant'];
    if (named === undefined) return { tenant: caller.tenant, tenantNamed: false };
    if (named === caller.tenant) return { tenant: caller.tenant, tenantNamed: true };
    if (!isInstallationAdmin(caller))
      throw new ProblemError('forbidden', 'Tallystick-Tenant: the token is of another tenant');
    const found = typeof named === 'string' ? await findTenant?.(named) : null;
    if (!found) throw new ProblemError('tenant-unknown');
    return { tenant: found.tenant, tenantNamed: true };
  };
}

function checkScopes({ scopes, inDefault }: Demand, caller: Caller): void {
  if (!scopes.some((scope) => caller.scopes.has(scope)))
    throw new ProblemError('forbidden', `The token lacks the scope ${scopes.join(' or ')}`);
  if (inDefault && !isInstallationAdmin(caller))
    throw new ProblemError('forbidden', 'This needs a token with admin in tenant default');
}

/** Before anything is read of a request's body. Throws ProblemError. */
function createAdmit(admission: Admission): (request: FastifyRequest) => Promise<void> {
  const authenticate = createAuthentication(admission);
  const chooseTenant = createTenantChoice(admission);
  const { limit } = admission;
  return async (request) => {
    const demand = demandOn(request);
    if (needsNoToken(request, demand)) return;
    const caller = await authenticate(request);
    // Whoever is refused from here on is known.
    admitted.set(request, { caller, tenant: caller.tenant, tenantNamed: false });
    if (limit?.take(caller.tokenId) === false)
      throw new ProblemError('too-many-requests', limit.detail);
    const chosen = await chooseTenant(request, caller);
    admitted.set(request, { caller, ...chosen });
    if (demand !== null) checkScopes(demand, caller);
  };
}

const OF_THE_CALLER = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** What is answered is the caller's alone, and of the type that it says; refusals too. */
function keepFromOthers(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith(`${API_BASE}/`)) void reply.headers(OF_THE_CALLER);
    done();
  });
}

export function admitCallers(instance: FastifyInstance, admission: Admission): void {
  const admit = createAdmit(admission);
  keepFromOthers(instance);
  instance.addHook('onRequest', (request) => admit(request));
}
