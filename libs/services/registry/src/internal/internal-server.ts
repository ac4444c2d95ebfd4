import { invalidInput, problemOf, ProblemError } from '../http/problem.ts';
import type { ClaimRequest, ReleaseRequest } from '@tallystick/contracts';
import type { Ids } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { createTokenCheck } from '../http/admission.ts';
import { createFastify } from '../http/fastify.ts';
import { logFailure, sendProblem } from '../http/problem.filter.ts';
import type { Claims } from './claims.ts';
import { claimBody, releaseBody } from './internal.schemas.ts';

export interface InternalServerDeps {
  readonly ids: Ids;
  readonly logger: Logger;
  readonly internalToken: string;
  readonly claims: Claims;
  readonly release: (request: ReleaseRequest) => Promise<void>;
  readonly abandon: (request: ClaimRequest) => Promise<void>;
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidInput(parsed.error.issues);
  return parsed.data;
}

/** What gateways ask of a registry; on a port of its own, under a credential of its own. */
export function createInternalServer(deps: InternalServerDeps): FastifyInstance {
  const { ids, logger, internalToken, claims, release, abandon } = deps;
  const server = createFastify(ids);
  const isGateway = createTokenCheck(internalToken);
  server.addHook('onRequest', (request, _reply, done) => {
    done(isGateway(request) ? undefined : new ProblemError('unauthenticated'));
  });
  server.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new ProblemError('route-unknown')),
  );
  server.setErrorHandler((error: { readonly statusCode?: number }, request, reply) => {
    const problem = problemOf(error, error.statusCode ?? null);
    const { id: requestId, routeOptions } = request;
    logFailure(logger, problem, { err: error, route: routeOptions.url, requestId });
    sendProblem(reply, problem ?? new ProblemError('internal-error'));
  });
  server.post('/internal/v1/claims', (request) => claims(parse(claimBody, request.body)));
  server.post('/internal/v1/claims/release', async (request) => {
    await release(parse(releaseBody, request.body));
    return {};
  });
  server.post('/internal/v1/claims/abandon', async (request) => {
    await abandon(parse(claimBody, request.body));
    return {};
  });
  return server;
}
