import { invalidInput, problemOf, ProblemError } from '../http/problem.ts';
import type {
  ActivationAnswer,
  ActivationRequest,
  ClaimAnswer,
  ClaimRequest,
  ReleaseRequest,
} from '@tallystick/contracts';
import type { Ids } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { UNKNOWN_ACTOR } from '../audit/refused-attempt.ts';
import type { Refusals } from '../audit/refusals.ts';
import { createTokenCheck } from '../http/admission.ts';
import { DEFAULT_TENANT } from '../http/caller.ts';
import { createFastify } from '../http/fastify.ts';
import { logFailure, sendProblem } from '../http/problem.filter.ts';
import { activationBody, claimBody, releaseBody } from './internal.schemas.ts';

export interface InternalServerDeps {
  readonly ids: Ids;
  readonly logger: Logger;
  readonly internalToken: string;
  readonly claim: (request: ClaimRequest) => Promise<ClaimAnswer>;
  readonly activate: (request: ActivationRequest) => Promise<ActivationAnswer>;
  readonly release: (request: ReleaseRequest) => Promise<void>;
  readonly abandon: (request: ClaimRequest) => Promise<void>;
  /** Told of calls under a wrong credential. */
  readonly refusals: Pick<Refusals, 'note'>;
}

/** What a call under a wrong credential is called in the audit. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['/internal/v1/claims', 'claimUnit refused'],
  ['/internal/v1/claims/release', 'releaseUnit refused'],
  ['/internal/v1/claims/abandon', 'abandonClaim refused'],
  ['/internal/v1/activations', 'deliverSecret refused'],
]);

function noteRefused(refusals: Pick<Refusals, 'note'>, request: FastifyRequest): void {
  const action = ACTIONS.get(request.routeOptions.url ?? '');
  if (action === undefined) return;
  refusals.note({
    ...{ alone: false, tenant: DEFAULT_TENANT, actor: UNKNOWN_ACTOR, action, subject: null },
    ...{ remoteAddress: request.ip, requestId: request.id, detail: null },
  });
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidInput(parsed.error.issues);
  return parsed.data;
}

/** What gateways ask of a registry; on a port of its own, under a credential of its own. */
export function createInternalServer(deps: InternalServerDeps): FastifyInstance {
  const { ids, logger, internalToken, claim, activate, release, abandon, refusals } = deps;
  const server = createFastify(ids);
  const isGateway = createTokenCheck(internalToken);
  server.addHook('onRequest', (request, _reply, done) => {
    if (isGateway(request)) return done();
    noteRefused(refusals, request);
    done(new ProblemError('unauthenticated'));
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
  server.post('/internal/v1/claims', (request) => claim(parse(claimBody, request.body)));
  server.post('/internal/v1/activations', (request) =>
    activate(parse(activationBody, request.body)),
  );
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
